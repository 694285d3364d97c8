//! A name server for tests: knows what it is told, and nothing of the world.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CAA, MX, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;

/// The running name server; it ends with the test's runtime.
#[derive(Clone)]
pub struct Names {
    /// Where it answers.
    pub at: SocketAddr,
    known: Arc<Mutex<Vec<(String, RData)>>>,
    silent: Arc<Mutex<bool>>,
}

impl Names {
    /// One that knows nothing yet, on 127.0.0.1.
    pub async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let at = socket.local_addr().unwrap();
        let names = Self { at, known: Arc::default(), silent: Arc::default() };
        spawn(names.clone().answer(socket));
        names
    }

    /// A text, in parts of the length that the DNS allows.
    pub fn text(&self, name: &str, value: &str) {
        let parts = value.as_bytes().chunks(255).collect();
        self.add(name, RData::TXT(TXT::from_bytes(parts)));
    }

    /// An address.
    pub fn address(&self, name: &str, address: &str) {
        let data = match address.parse().unwrap() {
            IpAddr::V4(address) => RData::A(A(address)),
            IpAddr::V6(address) => RData::AAAA(AAAA(address)),
        };
        self.add(name, data);
    }

    /// Who takes mail.
    pub fn mx(&self, name: &str, host: &str) {
        let host = Name::from_ascii(format!("{host}.")).unwrap();
        self.add(name, RData::MX(MX::new(10, host)));
    }

    /// Which authority may issue certificates.
    pub fn caa(&self, name: &str, authority: &str) {
        let authority = Name::from_ascii(authority).unwrap();
        self.add(name, RData::CAA(CAA::new_issue(false, Some(authority), Vec::new())));
    }

    /// Forgets all about a name.
    pub fn forget(&self, name: &str) {
        self.known.lock().unwrap().retain(|(known, _)| known != name);
    }

    /// From now on it hears, and says nothing.
    pub fn fall_silent(&self) {
        *self.silent.lock().unwrap() = true;
    }

    fn add(&self, name: &str, data: RData) {
        self.known.lock().unwrap().push((name.to_owned(), data));
    }

    async fn answer(self, socket: UdpSocket) {
        let mut packet = [0; 2048];
        loop {
            let (length, from) = socket.recv_from(&mut packet).await.unwrap();
            let Ok(question) = Message::from_vec(&packet[..length]) else { continue };
            if !*self.silent.lock().unwrap() {
                let answer = self.answer_to(&question).to_vec().unwrap();
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    }

    fn answer_to(&self, question: &Message) -> Message {
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.metadata.message_type = MessageType::Response;
        let query = question.queries[0].clone();
        let name = query.name().to_ascii().trim_end_matches('.').to_ascii_lowercase();
        let known = self.known.lock().unwrap();
        let of_name: Vec<&RData> =
            known.iter().filter(|(one, _)| *one == name).map(|(_, data)| data).collect();
        if of_name.is_empty() {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        let wanted: RecordType = query.query_type();
        for data in of_name.into_iter().filter(|data| data.record_type() == wanted) {
            answer.add_answer(Record::from_rdata(query.name().clone(), 60, data.clone()));
        }
        answer.add_query(query);
        answer
    }
}

#[expect(clippy::disallowed_methods, reason = "it is a server of its own")]
fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(work);
}
