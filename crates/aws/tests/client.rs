//! Calls to a service that is not Route 53.
#![allow(clippy::unwrap_used)]

use dyn53_aws::{AccessKey, Call, Client, Endpoint, Fault, Roots, Service, Tries, common};
use rstest::rstest;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

const SNS: Service = Service {
    name: "SNS",
    signed_as: "sns",
    variable: "AWS_ENDPOINT_URL_SNS",
};

/// Answers one request after another, each on a connection of its own; tells what came.
fn service(answers: &'static [&'static str]) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = channel();
    thread::spawn(move || {
        for answer in answers {
            let mut reader = BufReader::new(listener.accept().unwrap().0);
            let (mut request, mut length) = (String::new(), 0);
            while !request.ends_with("\r\n\r\n") {
                let start = request.len();
                reader.read_line(&mut request).unwrap();
                let line = request[start..].to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            tell.send(request + &String::from_utf8(body).unwrap())
                .unwrap();
            write!(
                reader.get_mut(),
                "HTTP/1.1 {answer}\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbody"
            )
            .unwrap();
        }
    });
    (address, told)
}

fn publish(address: SocketAddr, tries: &mut Tries) -> Result<String, Fault> {
    let key = AccessKey {
        id: "AKIDEXAMPLE".into(),
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        session_token: Some("token".into()),
    };
    let endpoint = Endpoint::at(&format!("http://{address}/base"), "eu-west-1");
    let keys = Arc::new(key);
    let client = Client::new(SNS, &endpoint, keys, &Roots::Amazon, SystemTime::now).unwrap();
    let call = Call::Post {
        path: "/",
        content_type: "application/x-www-form-urlencoded",
        body: "Action=Publish",
    };
    client.call(call, 3, tries, |status, body| {
        if status == 200 {
            return Ok(body.to_owned());
        }
        let (remedy, advice) = common(status, "");
        Err(Fault::new(
            remedy,
            format!("SNS answered {status} {advice}"),
        ))
    })
}

#[test]
fn a_call_is_signed_for_its_service_and_sent_again_where_that_helps() {
    let (address, told) = service(&["503 Busy", "429 Slowly", "200 OK"]);
    let mut tries = Tries::until(Instant::now() + Duration::from_secs(30));
    assert_eq!(publish(address, &mut tries).unwrap(), "body");
    assert_eq!((tries.calls, tries.unsure), (3, false));
    for request in told {
        assert!(request.starts_with("POST /base/ HTTP/1.1\r\n"), "{request}");
        assert!(request.ends_with("\r\n\r\nAction=Publish"), "{request}");
        assert!(
            request.contains("/eu-west-1/sns/aws4_request, "),
            "{request}"
        );
        assert!(
            request.contains("x-amz-security-token: token\r\n"),
            "{request}"
        );
    }
}

/// How often it is sent, and whether it may have been carried out.
#[rstest]
#[case::not_allowed(&["403 No"], 1)]
#[case::throttled(&["429 No", "429 No", "429 No", "200 OK"], 3)]
fn other_tries_end(#[case] answers: &'static [&'static str], #[case] calls: u32) {
    let (address, _told) = service(answers);
    let mut tries = Tries::until(Instant::now() + Duration::from_secs(30));
    let fault = publish(address, &mut tries).unwrap_err();
    assert!(
        fault.sentence.starts_with("SNS answered 4"),
        "{}",
        fault.sentence
    );
    assert_eq!((tries.calls, tries.unsure), (calls, false));
}

/// A POST whose connection breaks may have been carried out.
#[test]
fn a_lost_answer_leaves_it_unsure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _some = stream.read(&mut [0; 64]);
        }
    });
    let mut tries = Tries::until(Instant::now() + Duration::from_millis(500));
    let fault = publish(address, &mut tries).unwrap_err();
    assert!(
        fault.sentence.contains("SNS at http://127.0.0.1:"),
        "{}",
        fault.sentence
    );
    assert!(tries.unsure && tries.calls > 1);
}
