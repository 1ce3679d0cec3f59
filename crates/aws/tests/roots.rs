//! The certificates that are built in.
#![allow(clippy::unwrap_used)]

#[test]
fn the_roots_are_those_of_amazon() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("roots");
    // As published by Amazon Trust Services.
    let expected = [
        (
            "amazon-root-ca-1",
            "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        ),
        (
            "amazon-root-ca-2",
            "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        ),
        (
            "amazon-root-ca-3",
            "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        ),
        (
            "amazon-root-ca-4",
            "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        ),
        (
            "starfield-services-root-g2",
            "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
        ),
    ];
    for (name, fingerprint) in expected {
        let der = std::fs::read(folder.join(name).with_extension("der")).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, &der);
        let hex: String = digest
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hex, fingerprint, "{name}");
    }
}
