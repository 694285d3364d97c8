//! PDFs of our own making, good ones and bad ones.

use std::io::Write;

/// A PDF of these objects, the first of which is its catalog.
pub fn pdf<T: AsRef<[u8]>>(objects: &[T]) -> Vec<u8> {
    ending(objects, "")
}

fn ending<T: AsRef<[u8]>>(objects: &[T], trailer: &str) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(file.len());
        writeln!(file, "{} 0 obj", at + 1).unwrap();
        file.extend(object.as_ref());
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for place in &places {
        writeln!(file, "{place:010} 00000 n ").unwrap();
    }
    let size = objects.len() + 1;
    write!(file, "trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n")
        .unwrap();
    file
}

/// A stream, with what its dictionary says beside its length.
pub fn stream(about: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = format!("<< {about} /Length {} >>\nstream\n", bytes.len()).into_bytes();
    stream.extend(bytes);
    stream.extend(b"\nendstream");
    stream
}

/// One page that draws this, with these resources. Further objects begin at the fifth.
pub fn document(resources: &str, about: &str, draws: &[u8], further: &[Vec<u8>]) -> Vec<u8> {
    let page = format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << {resources} >> >>"
    );
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        page.into_bytes(),
        stream(about, draws),
    ];
    objects.extend_from_slice(further);
    pdf(&objects)
}

/// A drawing that can be put on a page, and may hold others.
pub fn form(others: &str, draws: &str) -> Vec<u8> {
    let about = format!(
        "/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << {others} >> >>"
    );
    stream(&about, draws.as_bytes())
}

/// So many pages, each with a red bar and "Hello".
pub fn hello(pages: usize) -> Vec<u8> {
    let draws = b"1 0 0 rg 72 640 468 40 re f 0 g BT /F 48 Tf 72 500 Td (Hello) Tj ET";
    let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 3 0 R /Resources << /Font << /F \
                << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>";
    let kids: String = (4..4 + pages).map(|object| format!("{object} 0 R ")).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {pages} >>").into_bytes(),
        stream("", draws),
    ];
    objects.resize(3 + pages, page.into());
    pdf(&objects)
}

/// One that opens with a password.
pub fn encrypted() -> Vec<u8> {
    let (owner, user) = ("5".repeat(64), "a".repeat(64));
    let encrypt = format!(
        "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{owner}> /U <{user}> >> /ID [<00> <00>]"
    );
    ending(&["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>"], &encrypt)
}
