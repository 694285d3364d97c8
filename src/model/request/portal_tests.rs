mod answers;
mod handing_in;
mod kit;
mod plain;
mod talk;
mod todo;
mod uploads;
