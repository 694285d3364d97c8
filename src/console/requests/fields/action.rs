//! What the buttons of the editor do to the items of the form.

use super::ItemForm;

/// What a button asks of the items: `add-question`, `up-3`, `down-3`, `remove-3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum ItemAction {
    /// One more, of this kind.
    Add(&'static str),
    /// Before the one before it.
    Up(u16),
    /// Behind the next one.
    Down(u16),
    /// Away with it.
    Remove(u16),
}

impl ItemAction {
    /// The action, if the button asks for one.
    pub(in crate::console) fn parse(button: &str) -> Option<Self> {
        let (verb, rest) = button.split_once('-')?;
        let number = || rest.parse().ok();
        match verb {
            "add" => ["file", "question", "confirm", "read"]
                .into_iter()
                .find(|k| *k == rest)
                .map(Self::Add),
            "up" => number().map(Self::Up),
            "down" => number().map(Self::Down),
            "remove" => number().map(Self::Remove),
            _ => None,
        }
    }

    /// Carries it out. The next item that is made gets a number of at least `next`. Says which one to look at then.
    pub(in crate::console) fn on(self, items: &mut Vec<ItemForm>, next: u16) -> Option<u16> {
        let at = |number| items.iter().position(|item| item.number == number);
        match self {
            Self::Add(kind) => {
                let above = items.iter().map(|item| item.number.saturating_add(1)).max();
                let number = next.max(above.unwrap_or(1)).max(1);
                items.push(ItemForm::blank(number, kind));
                Some(number)
            }
            Self::Up(number) => {
                let at = at(number).filter(|at| *at > 0)?;
                items.swap(at, at - 1);
                Some(number)
            }
            Self::Down(number) => {
                let at = at(number).filter(|at| at + 1 < items.len())?;
                items.swap(at, at + 1);
                Some(number)
            }
            Self::Remove(number) => {
                items.remove(at(number)?);
                None
            }
        }
    }
}
