mod draft;
mod edit;
mod ending;
mod kit;
mod machine;
mod review;
mod reviewed;
mod send;
