//! The team: who works here, inviting somebody, roles, and leaving.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::confirm::Confirm;
use super::fields::filled;
use super::invites::report;
use crate::error::{Check, Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, refused_there, see_other};
use crate::http::routes::Routes;
use crate::model::invite::InviteState;
use crate::model::staff::{Role, Staff};
use crate::model::status::Delivery;
use crate::model::{Console, Id, NewStaff, Owner, TeamMember, fresh_once};
use crate::values::{Email, FullName, Message, hue, initials};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(HOME, team_page)
        .get("/console/team/invite", invite_page)
        .post("/console/team/invite", invite_staff)
        .post("/console/team/:staff/invite", invite_again)
        .get("/console/team/:staff/role", role_page)
        .post("/console/team/:staff/role", set_role)
        .get("/console/team/:staff/remove", remove_page)
        .post("/console/team/:staff/remove", remove_staff)
}

const HOME: &str = "/console/team";
const ROLES: [(Role, &str); 3] = [
    (Role::Staff, "Clients, contacts and invites"),
    (Role::Admin, "Also settings and templates"),
    (Role::Owner, "Also the team, keys and exports"),
];

#[derive(Serialize)]
struct TeamPage {
    may_edit: bool,
    team: Vec<MemberShown>,
}

#[derive(Serialize)]
struct MemberShown {
    id: String,
    name: String,
    first_name: String,
    email: String,
    initials: String,
    hue: u8,
    role: &'static str,
    me: bool,
    /// The shape beside the status.
    kind: &'static str,
    status: String,
    /// The exact time the status speaks of.
    at: Option<When>,
    delivery: Option<DeliveryShown>,
    /// The invite that can be sent again or taken back.
    pending: Option<Pending>,
    /// Whether there is none, and they can be invited anew.
    uninvited: bool,
    path: String,
}

#[derive(Serialize)]
struct Pending {
    path: String,
    /// Whether a link of it can still be copied.
    open: bool,
}

#[derive(Serialize)]
struct DeliveryShown {
    tone: &'static str,
    text: String,
}

impl Page for TeamPage {
    const TEMPLATE: &'static str = "console/team/index.html";
    const SECTION: &'static str = "team";
}

#[handler]
async fn team_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    let team = console.team()?.into_iter();
    pages.show(&TeamPage {
        may_edit: console.me().role >= Role::Owner,
        team: team.map(|member| MemberShown::of(member, &console, &pages)).collect(),
    })
}

impl MemberShown {
    fn of(member: TeamMember, console: &Console, pages: &Pages<'_>) -> Self {
        let (times, now) = (pages.times(), pages.now());
        let staff = &member.staff;
        let pending = member.invite.as_ref().filter(|i| i.state == InviteState::Pending);
        let sent = |invite: &crate::model::invite::Invite| {
            invite.sent.last().copied().unwrap_or(invite.made)
        };
        let (kind, status, at) = match (&member.login, pending) {
            (Some(login), _) => {
                ("active", format!("Last login {}", times.relative(login.last)), Some(login.last))
            }
            (None, Some(invite)) if invite.expired_at(now) => {
                let at = sent(invite);
                (
                    "expired",
                    format!("Invited {}, never logged in · link expired", times.short_day(at)),
                    Some(at),
                )
            }
            (None, Some(invite)) => {
                let at = sent(invite);
                let kind = match member.delivery {
                    Delivery::Failed { .. } => "failed",
                    Delivery::Waiting { .. } | Delivery::Sending => "sending",
                    _ => "invited",
                };
                (kind, format!("Invited {}, never logged in", times.short_day(at)), Some(at))
            }
            (None, None) => ("removed", "Invite taken back".to_owned(), None),
        };
        let text = member.delivery.text(&times);
        Self {
            id: staff.id.to_string(),
            first_name: staff.first_name().to_owned(),
            name: staff.name.to_string(),
            email: staff.email.to_string(),
            initials: initials(staff.name.as_str()),
            hue: hue(staff.name.as_str()),
            role: staff.role.label(),
            me: staff.id == console.me().id,
            kind,
            status,
            at: at.map(|at| pages.when(at)),
            delivery: Some(DeliveryShown { tone: member.delivery.tone(), text })
                .filter(|delivery| !delivery.text.is_empty()),
            pending: pending.map(|invite| Pending {
                path: format!("/console/invites/{}", invite.id),
                open: invite.open_at(now),
            }),
            uninvited: member.login.is_none() && pending.is_none(),
            path: path(staff.id),
        }
    }
}

fn path(staff: Id<Staff>) -> String {
    format!("{HOME}/{staff}")
}

/// A role with what it may do, for a choice.
#[derive(Serialize)]
struct RoleChoice {
    value: String,
    label: &'static str,
    hint: &'static str,
}

fn roles() -> Vec<RoleChoice> {
    let choice = |(role, hint): (Role, &'static str)| RoleChoice {
        value: role.label().to_lowercase(),
        label: role.label(),
        hint,
    };
    ROLES.map(choice).into()
}

fn role(typed: &str) -> Result<Role, &'static str> {
    let known = ROLES.into_iter().find(|(role, _)| role.label().eq_ignore_ascii_case(typed));
    known.map(|(role, _)| role).ok_or("Choose what they may do")
}

/// The invite form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct InviteForm {
    name: String,
    email: String,
    role: String,
    message: String,
    once: String,
}

impl InviteForm {
    fn read(&self) -> Result<NewStaff> {
        let mut check = Check::default();
        let name = check.take("name", FullName::parse(&self.name));
        let email = check.take("email", Email::parse(&self.email));
        let role = check.take("role", role(&self.role));
        let message = filled(&self.message).map(Message::parse).transpose();
        let message = check.take("message", message);
        check.finish(|| {
            Some(NewStaff { name: name?, email: email?, role: role?, message: message? })
        })
    }
}

#[derive(Serialize)]
struct InvitePage {
    back: &'static str,
    roles: Vec<RoleChoice>,
    days: u16,
    form: Typed<InviteForm>,
}

impl Page for InvitePage {
    const TEMPLATE: &'static str = "console/team/invite.html";
    const SECTION: &'static str = "team";
}

fn invite_form(owner: &Owner, form: Typed<InviteForm>) -> Result<InvitePage> {
    let days = owner.console().firm()?.invite_days;
    Ok(InvitePage { back: HOME, roles: roles(), days, form })
}

#[handler]
async fn invite_page(owner: Owner, pages: Pages<'_>) -> Result<Response> {
    let form = InviteForm { role: "staff".into(), once: fresh_once(), ..InviteForm::default() };
    pages.show(&invite_form(&owner, form.into())?)
}

#[handler]
async fn invite_staff(
    owner: Owner,
    pages: Pages<'_>,
    Form(form): Form<InviteForm>,
) -> Result<Response> {
    let sent = match form.read() {
        Ok(new) => owner.invite_staff(new, form.once.clone()).await,
        Err(e) => Err(e),
    };
    match sent {
        Ok(sent) => Ok(see_other(HOME).flash(report(owner.console(), &[sent])?)),
        Err(e) => pages.again(&invite_form(&owner, Typed::from(form).with(e)?)?),
    }
}

#[handler]
async fn invite_again(owner: Owner, Path(id): Path<Id<Staff>>) -> Result<Response> {
    match owner.invite_staff_again(id).await {
        Ok(sent) => Ok(see_other(HOME).flash(report(owner.console(), &[sent])?)),
        Err(e) => refused_there(e, HOME),
    }
}

/// A member of staff, for the pages that change something about them.
fn member(owner: &Owner, id: Id<Staff>) -> Result<Staff> {
    let team = owner.console().team()?.into_iter();
    team.map(|member| member.staff).find(|staff| staff.id == id).ok_or(Error::NotFound)
}

#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct RoleForm {
    role: String,
}

#[derive(Serialize)]
struct RolePage {
    back: &'static str,
    path: String,
    name: String,
    roles: Vec<RoleChoice>,
    form: Typed<RoleForm>,
}

impl Page for RolePage {
    const TEMPLATE: &'static str = "console/team/role.html";
    const SECTION: &'static str = "team";
}

fn role_form(staff: &Staff, form: Typed<RoleForm>) -> RolePage {
    let path = format!("{}/role", path(staff.id));
    RolePage { back: HOME, path, name: staff.name.to_string(), roles: roles(), form }
}

#[handler]
async fn role_page(owner: Owner, pages: Pages<'_>, Path(id): Path<Id<Staff>>) -> Result<Response> {
    let staff = member(&owner, id)?;
    let form = RoleForm { role: staff.role.label().to_lowercase() };
    pages.show(&role_form(&staff, form.into()))
}

#[handler]
async fn set_role(
    owner: Owner,
    pages: Pages<'_>,
    Path(id): Path<Id<Staff>>,
    Form(form): Form<RoleForm>,
) -> Result<Response> {
    let staff = member(&owner, id)?;
    let chosen = match role(&form.role) {
        Ok(chosen) => chosen,
        Err(why) => {
            let form = Typed::from(form).with(Error::field("role", why))?;
            return pages.again(&role_form(&staff, form));
        }
    };
    if chosen == staff.role {
        return Ok(see_other(HOME));
    }
    match owner.set_role(id, chosen).await {
        Ok(()) => {
            let words = format!("{} is now {}.", staff.name, with_article(chosen));
            Ok(see_other(HOME).flash(words))
        }
        Err(Error::Refused(why)) => {
            let form = Typed::from(form).with(Error::field("role", why))?;
            pages.again(&role_form(&staff, form))
        }
        Err(e) => Err(e),
    }
}

const fn with_article(role: Role) -> &'static str {
    match role {
        Role::Staff => "Staff",
        Role::Admin => "an Admin",
        Role::Owner => "an Owner",
    }
}

/// What a member of the team leaves behind, and what you do.
const THEIRS: &str = "Invites they sent that nobody has accepted yet are revoked. What they did stays in the activity. \
    Clients they look after are shown without somebody until you choose another.";
const YOURS: &str = "Invites you sent that nobody has accepted yet are revoked. What you did stays in the activity. \
    Clients you look after are shown without somebody until another is chosen.";

#[handler]
async fn remove_page(
    owner: Owner,
    pages: Pages<'_>,
    Path(id): Path<Id<Staff>>,
) -> Result<Response> {
    let staff = member(&owner, id)?;
    let (me, first) = (id == owner.console().me().id, staff.first_name());
    let mut sentences = vec![match (me, staff.active()) {
        (true, _) => {
            "You are logged out at once and cannot log in again. An Owner can invite you anew."
                .into()
        }
        (_, true) => format!("{first} is logged out everywhere at once and cannot log in again."),
        _ => format!("The invite to {first} ends, and its links no longer work."),
    }];
    if staff.active() {
        sentences.push(if me { YOURS } else { THEIRS }.into());
    }
    let (heading, label) = match me {
        true => ("Leave the team?".into(), "Leave the team".into()),
        false => (format!("Remove {} from the team?", staff.name), format!("Remove {first}")),
    };
    let path = format!("{}/remove", path(id));
    pages.show(&Confirm { section: "team", back: HOME.into(), path, heading, sentences, label })
}

#[handler]
async fn remove_staff(owner: Owner, Path(id): Path<Id<Staff>>) -> Result<Response> {
    let staff = match member(&owner, id) {
        // Two clicks, or two people: it is done.
        Err(Error::NotFound) => return Ok(see_other(HOME)),
        staff => staff?,
    };
    match owner.remove_staff(id).await {
        Ok(()) => Ok(see_other(HOME).flash(format!("{} is no longer on the team.", staff.name))),
        Err(e) => refused_there(e, HOME),
    }
}
