//! Forms as they were typed, and as they are shown again.

use poem::http::StatusCode;
use poem::{FromRequest, Request, RequestBody};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::body;
use super::errors::Refusal;
use crate::error::{Error, Fields, Result};

/// The fields of a form; a field that comes several times is a `Vec`.
#[derive(Clone, Debug)]
pub struct Form<T>(pub T);

impl<'a, T: DeserializeOwned> FromRequest<'a> for Form<T> {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let bytes = body::read_form(req, body).await?;
        match serde_html_form::from_bytes(&bytes) {
            Ok(form) => Ok(Self(form)),
            Err(why) => {
                tracing::debug!(%why, "a form that is none of ours");
                let sentence =
                    "This form was not understood. Open the page again and try once more.";
                Err(Refusal::new(StatusCode::BAD_REQUEST, sentence).into())
            }
        }
    }
}

/// What was typed and what was wrong with it: enough to show the form again.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Typed<F> {
    /// As typed.
    pub values: F,
    /// The sentence beside each wrong field.
    pub errors: Fields,
}

impl<F> From<F> for Typed<F> {
    fn from(values: F) -> Self {
        Self { values, errors: Fields::new() }
    }
}

impl<F> Typed<F> {
    /// Field errors go back to the form; anything else keeps travelling.
    pub fn with(self, error: Error) -> Result<Self> {
        match error {
            Error::Invalid(errors) => Ok(Self { errors, ..self }),
            other => Err(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, Serialize, PartialEq)]
    #[serde(default)]
    struct NewClientForm {
        name: String,
        tags: Vec<String>,
    }

    async fn read(body: &'static [u8]) -> poem::Result<NewClientForm> {
        let kind = "application/x-www-form-urlencoded";
        let (req, mut body) = Request::builder().content_type(kind).body(body).split();
        Form::from_request(&req, &mut body).await.map(|Form(form)| form)
    }

    #[tokio::test]
    async fn repeated_fields_are_a_list() {
        let form = read(b"tags=a&name=J%C3%B6rg+%26+Co&tags=b&unknown=1").await.unwrap();
        let tags = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(form, NewClientForm { name: "Jörg & Co".to_owned(), tags });
        assert_eq!(read(b"").await.unwrap(), NewClientForm::default());
    }

    #[tokio::test]
    async fn what_is_no_form_of_ours_is_refused() {
        assert_eq!(read(b"name=a&name=b").await.unwrap_err().status(), 400);
    }

    #[test]
    fn only_field_errors_return_to_the_form() {
        let typed = || Typed::from(NewClientForm::default());
        let again = typed().with(Error::field("name", "Give a name.")).unwrap();
        assert_eq!(again.errors["name"], "Give a name.");
        assert!(matches!(typed().with(Error::NotFound), Err(Error::NotFound)));
    }
}
