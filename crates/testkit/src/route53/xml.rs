//! XML as a tree, and as text.

use quick_xml::escape::escape;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// An element.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) text: String,
    pub(crate) children: Vec<Node>,
}

impl Node {
    pub(crate) fn parse(xml: &str) -> Option<Self> {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().expand_empty_elements = true;
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(element) => {
                    let namespace = element.try_get_attribute("xmlns").ok()?;
                    open.push(Self {
                        name: element.local_name().as_ref().to_owned(),
                        namespace: namespace.map(|attribute| attribute.value.to_string()),
                        ..Self::default()
                    });
                }
                Event::End(_) => {
                    let node = open.pop()?;
                    open.last_mut()?.children.push(node);
                }
                Event::Text(text) => open.last_mut()?.text += &text.xml10_content(),
                Event::CData(text) => open.last_mut()?.text += &text.xml10_content(),
                Event::GeneralRef(reference) => {
                    let entity = format!("&{};", reference.xml10_content());
                    open.last_mut()?.text += &quick_xml::escape::unescape(&entity).ok()?;
                }
                Event::DocType(_) => return None,
                Event::Eof => break,
                _ => {}
            }
        }
        let mut root = open.pop().filter(|_| open.is_empty())?;
        root.children.pop().filter(|_| root.children.is_empty())
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }

    /// Whether the children come in this order, each once at most and none else.
    pub(crate) fn is_in_order(&self, names: &[&str]) -> bool {
        let mut rest = names.iter();
        let mut children = self.children.iter();
        children.all(|child| rest.any(|name| *name == child.name))
    }
}

pub(crate) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

pub(crate) const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";

pub(crate) fn document(root: &str, inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">{inner}</{root}>"
    )
}

/// An error as the API answers it.
pub(crate) fn error(code: &str, message: &str) -> String {
    let inner = element("Type", "Sender") + &element("Code", code) + &element("Message", message);
    document(
        "ErrorResponse",
        &format!(
            "<Error>{inner}</Error><RequestId>00000000-0000-0000-0000-000000000000</RequestId>"
        ),
    )
}
