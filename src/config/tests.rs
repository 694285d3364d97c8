use super::*;

#[test]
fn without_a_word_only_this_machine_is_served() {
    assert!(Listen::Nearby.is_loopback());
    assert_eq!(Listen::Nearby.first().to_string(), "127.0.0.1:8080");
    assert!(!Listen::At("0.0.0.0:8080".parse().unwrap()).is_loopback());
    assert!(Listen::At("[::1]:80".parse().unwrap()).is_loopback());
}
