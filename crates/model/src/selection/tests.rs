//! Selections against a small window.

use super::*;
use crate::sample::fixture::{listener, sample, unix_listener};
use crate::window::Window;

fn window() -> Window {
    Window::new(
        None,
        &sample(vec![
            listener("0.0.0.0", 80),
            listener("::", 80),
            listener("127.0.0.1", 8080),
            unix_listener("/run/app.sock"),
        ]),
    )
}

fn places(selection: &Selection) -> Vec<String> {
    let window = window();
    window
        .listeners
        .iter()
        .filter(|listener| selection.matches(listener, &window.namespaces))
        .map(Listener::place)
        .collect()
}

fn nothing(selection: &Selection) -> String {
    let window = window();
    selection.explain_nothing(&window.listeners, &window.namespaces)
}

#[test]
fn a_port_means_every_family_and_address() {
    let selection = Selection {
        ports: vec!["80".parse().unwrap()],
        ..Selection::default()
    };
    assert_eq!(places(&selection), ["0.0.0.0:80", "[::]:80"]);
}

#[test]
fn the_same_option_twice_widens_and_different_ones_narrow() {
    let ports = vec!["80".parse().unwrap(), "8000-8099".parse().unwrap()];
    let wide = Selection {
        ports,
        ..Selection::default()
    };
    assert_eq!(places(&wide).len(), 3);
    let narrow = Selection {
        processes: vec!["8080".parse().unwrap()],
        ..wide
    };
    assert_eq!(places(&narrow), ["127.0.0.1:8080"]);
}

#[test]
fn processes_are_matched_by_name_and_units_without_their_suffix() {
    let by_name = Selection {
        processes: vec!["nginx".parse().unwrap()],
        families: vec![Family::Tcp],
        ..Selection::default()
    };
    assert_eq!(places(&by_name).len(), 3);
    let by_unit = Selection {
        units: vec!["nginx".to_owned()],
        ..Selection::default()
    };
    assert_eq!(places(&by_unit).len(), 4);
}

#[test]
fn namespaces_by_word_number_and_key() {
    for text in ["host", "self", "all", "4026531840"] {
        let selection = Selection {
            namespaces: vec![text.parse().unwrap()],
            ..Selection::default()
        };
        assert_eq!(places(&selection).len(), 4, "{text}");
    }
    let other = Selection {
        namespaces: vec!["blue".parse().unwrap()],
        ..Selection::default()
    };
    assert_eq!(places(&other), Vec::<String>::new());
}

#[test]
fn nothing_found_names_the_nearest() {
    let port = Selection {
        ports: vec!["8081".parse().unwrap()],
        ..Selection::default()
    };
    assert_eq!(
        nothing(&port),
        "nothing listens on port 8081; the nearest is 127.0.0.1:8080 (nginx, pid 8080)"
    );
    let process = Selection {
        processes: vec!["ngnix".parse().unwrap()],
        ..Selection::default()
    };
    assert_eq!(
        nothing(&process),
        "nothing holds a listener as ngnix; the nearest is nginx"
    );
    let netns = Selection {
        namespaces: vec!["hots".parse().unwrap()],
        ..Selection::default()
    };
    assert_eq!(
        nothing(&netns),
        "nothing listens in namespace hots; the nearest is host"
    );
    let unit = Selection {
        units: vec!["ngin".to_owned()],
        ..Selection::default()
    };
    assert_eq!(
        nothing(&unit),
        "nothing listens in unit ngin; the nearest is nginx.service"
    );
}

#[test]
fn the_nearest_is_looked_for_among_what_the_other_options_leave() {
    let families = vec![Family::Tcp];
    let addresses = vec!["127.0.0.1".parse().unwrap()];
    let selection = Selection {
        ports: vec!["80".parse().unwrap()],
        addresses,
        families,
        ..Selection::default()
    };
    assert_eq!(
        nothing(&selection),
        "among what the other options leave, nothing listens at 127.0.0.1; the nearest is 0.0.0.0"
    );
}

#[test]
fn what_is_no_port_is_refused() {
    for text in ["", "x", "80-", "90-80", "65536", "-1"] {
        assert!(text.parse::<Ports>().is_err(), "{text}");
    }
}
