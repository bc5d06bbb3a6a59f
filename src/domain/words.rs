//! Sentences from `config/locales/`, with their placeholders filled in.

/// The sentence under `key` in the given locale (`vi` or `en`). Values are filled in as they are:
/// one that looks like a placeholder stays what it is.
pub fn say(locale: &str, key: &str, values: &[(&str, &str)]) -> String {
    fill(&crate::_rust_i18n_translate(locale, key), values)
}

/// A text that begins with a capital, as a heading does.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once("%{") {
        text.push_str(before);
        let found = tail.split_once('}').and_then(|(name, after)| {
            let value = values.iter().find(|(known, _)| *known == name)?.1;
            Some((value, after))
        });
        match found {
            Some((value, after)) => {
                text.push_str(value);
                rest = after;
            }
            None => {
                text.push_str("%{");
                rest = tail;
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_filled_in_as_it_is() {
        let values = [("event", "100 %{due} %{event}"), ("due", "16:00")];
        assert_eq!(
            fill("%{event}: hạn %{due}, %{due}", &values),
            "100 %{due} %{event}: hạn 16:00, 16:00"
        );
        assert_eq!(fill("%{unknown} 5 %{", &values), "%{unknown} 5 %{");
        assert_eq!(fill("", &values), "");
    }

    #[test]
    fn a_heading_begins_with_a_capital() {
        assert_eq!(capitalised("đã có"), "Đã có");
        assert_eq!(capitalised(""), "");
    }
}
