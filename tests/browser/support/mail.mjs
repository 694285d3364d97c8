// A mail server for the journeys: takes every mail on a port of its own and reads it as a mail program does.
import net from "node:net";

const PATIENCE = 60_000;

export async function startMail() {
  const mails = [];
  const waiting = new Set();
  const server = net.createServer((socket) => {
    let rest = "";
    let mail = null;
    const say = (line) => socket.write(`${line}\r\n`);
    say("220 mail.test ESMTP");
    socket.setEncoding("utf8");
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      rest += chunk;
      for (let end; (end = rest.indexOf("\r\n")) >= 0; ) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (mail?.data) {
          if (line !== ".") {
            mail.data.push(line.replace(/^\.\./, "."));
            continue;
          }
          mails.push({ to: mail.to, ...read(mail.data.join("\r\n")) });
          mail = null;
          say("250 2.0.0 Taken");
          for (const look of waiting) look();
        } else if (/^EHLO/i.test(line)) socket.write("250-mail.test\r\n250-8BITMIME\r\n250 PIPELINING\r\n");
        else if (/^MAIL FROM/i.test(line)) (mail = { to: "" }), say("250 2.1.0 Ok");
        else if (/^RCPT TO/i.test(line)) (mail.to = line.match(/<(.*)>/)[1]), say("250 2.1.5 Ok");
        else if (/^DATA/i.test(line)) (mail.data = []), say("354 Go on");
        else if (/^QUIT/i.test(line)) say("221 2.0.0 Bye"), socket.end();
        else say("250 2.0.0 Ok");
      }
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  server.unref();
  const unread = (to) => {
    const at = mails.findIndex((mail) => mail.to === to && !mail.read);
    if (at < 0) return null;
    mails[at].read = true;
    return mails[at];
  };
  return {
    port: server.address().port,
    /** The next mail to this address that was not read yet. */
    mailTo: (to) =>
      new Promise((found, failed) => {
        const look = () => {
          const mail = unread(to);
          if (!mail) return;
          clearTimeout(timer);
          waiting.delete(look);
          found(mail);
        };
        const late = () => failed(new Error(`no mail to ${to} came within ${PATIENCE / 1000} s`));
        const timer = setTimeout(late, PATIENCE);
        waiting.add(look);
        look();
      }),
    count: (to) => mails.filter((mail) => mail.to === to).length,
    close: () => server.close(),
  };
}

function read(data) {
  const subject = /^Subject: (.*(?:\r\n[ \t].*)*)/im.exec(data)?.[1] ?? "";
  const text = part(data, "text/plain");
  return { subject, text, html: part(data, "text/html"), link: /https?:\/\/\S+\/(?:invite|reset|verify-address)\/\S+/.exec(text)?.[0] };
}

/** The first part of this kind, decoded. */
function part(data, kind) {
  const [head, ...bodies] = data.split("\r\n\r\n");
  const body = bodies.join("\r\n\r\n");
  const boundary = /boundary="?([^";\r\n]+)/i.exec(head)?.[1];
  if (boundary) {
    for (const inner of body.split(`--${boundary}`).slice(1)) {
      const found = inner.startsWith("--") ? "" : part(inner.replace(/^\r\n/, ""), kind);
      if (found) return found;
    }
    return "";
  }
  if (!new RegExp(`content-type:\\s*${kind}`, "i").test(head)) return "";
  if (/quoted-printable/i.test(head)) {
    const bytes = body.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    return Buffer.from(bytes, "latin1").toString("utf8");
  }
  return /base64/i.test(head) ? Buffer.from(body, "base64").toString("utf8") : body;
}
