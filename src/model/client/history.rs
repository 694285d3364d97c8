//! What was done for a client, newest first.

use std::ops::ControlFlow;

use super::Client;
use crate::error::Result;
use crate::model::activity::{Actor, Entry};
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::{Order, Read, Records, Span};
use crate::model::id::Id;
use crate::model::staff::Staff;

impl Console {
    /// At most `limit` entries about a client with the name of who did it, those before one of them or the last ones;
    /// and whether there are older ones.
    pub fn client_activity(
        &self,
        client: Id<Client>,
        before: Option<Id<Entry>>,
        limit: usize,
    ) -> Result<(Vec<(Entry, String)>, bool)> {
        self.read(|r| {
            r.need(client)?;
            let mut span = Span::prefix(client);
            if let Some(before) = before {
                span = span.behind(client, before);
            }
            let mut ids: Vec<Id<Entry>> = Vec::new();
            r.walk_index("activity.client", &span, Order::Descending, |_, id| {
                ids.push(id);
                if ids.len() > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            let more = ids.len() > limit;
            ids.truncate(limit);
            let named = ids.into_iter().map(|id| {
                let entry: Entry = r.need(id)?;
                let who = name(r, entry.actor)?;
                Ok((entry, who))
            });
            Ok((named.collect::<Result<Vec<_>>>()?, more))
        })
    }
}

fn name(r: &Read, actor: Actor) -> Result<String> {
    let known = match actor {
        Actor::System => Some("The server".to_owned()),
        Actor::Guest => Some("Somebody not logged in".into()),
        Actor::Terminal => Some("The terminal".into()),
        Actor::Staff(id) => r.get(id)?.map(|staff: Staff| staff.name.to_string()),
        Actor::Contact(id) => r.get(id)?.map(|contact: Contact| contact.full_name()),
    };
    Ok(known.unwrap_or_else(|| "Somebody removed since".into()))
}
