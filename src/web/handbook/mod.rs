//! The handbook: guides for each role, in Vietnamese. Their text is `docs/vi/`, compiled in and
//! rendered once. `pages::help` shows it.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the guides, and for whom each is |
//! | `rendering` | from Markdown to HTML and sections |
//! | `search` | finding sections |

mod rendering;
mod search;

use std::sync::LazyLock;

pub use self::rendering::{Markup, Section};
pub use self::search::{Found, Piece, find};
use crate::domain::access::Role;
use crate::web::pages::routes;

/// A guide.
pub struct Guide {
    source: &'static Source,
    /// Its title.
    pub title: String,
    /// Its text below the title.
    pub body: Markup,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

impl Guide {
    /// The last part of its keys in the locale files.
    pub fn key(&self) -> &'static str {
        self.source.key
    }

    /// Where it is.
    pub fn address(&self) -> String {
        routes::guide(self.source.slug)
    }

    /// Where one of its sections is.
    pub fn section_address(&self, section: &Section) -> String {
        format!("{}#{}", self.address(), section.id)
    }

    /// Its section with this id.
    pub fn section(&self, id: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }
}

/// What a guide is made of.
struct Source {
    key: &'static str,
    /// Its file in `docs/vi/`.
    file: &'static str,
    /// The last part of its address.
    slug: &'static str,
    /// Who reads it first.
    roles: &'static [Role],
    text: &'static str,
}

/// The guides, in the order in which visitors see them.
const SOURCES: &[Source] = &[
    Source {
        key: "leader",
        file: "lanh-dao.md",
        slug: "lanh-dao",
        roles: &[Role::Leader],
        text: include_str!("../../../docs/vi/lanh-dao.md"),
    },
    Source {
        key: "contributor",
        file: "nguoi-viet.md",
        slug: "nguoi-viet",
        roles: &[Role::Contributor],
        text: include_str!("../../../docs/vi/nguoi-viet.md"),
    },
    Source {
        key: "department",
        file: "ban-tuyen-giao.md",
        slug: "ban-tuyen-giao",
        roles: &[Role::Department, Role::Viewer],
        text: include_str!("../../../docs/vi/ban-tuyen-giao.md"),
    },
    Source {
        key: "editor",
        file: "bien-tap.md",
        slug: "bien-tap",
        roles: &[Role::Editor],
        text: include_str!("../../../docs/vi/bien-tap.md"),
    },
    Source {
        key: "admin",
        file: "quan-tri.md",
        slug: "quan-tri",
        roles: &[Role::Admin],
        text: include_str!("../../../docs/vi/quan-tri.md"),
    },
    Source {
        key: "install",
        file: "install.md",
        slug: "cai-dat",
        roles: &[],
        text: include_str!("../../../docs/vi/install.md"),
    },
];

/// All guides.
pub struct Handbook {
    guides: Vec<Guide>,
}

/// The handbook of this program.
pub fn shipped() -> &'static Handbook {
    static SHIPPED: LazyLock<Handbook> = LazyLock::new(Handbook::render);
    &SHIPPED
}

impl Handbook {
    fn render() -> Self {
        let guide = |source: &'static Source| {
            let rendered = rendering::render(source.text, &address_of_file);
            Guide {
                source,
                title: rendered.title,
                body: rendered.body,
                sections: rendered.sections,
            }
        };
        Self {
            guides: SOURCES.iter().map(guide).collect(),
        }
    }

    /// The guides, those for these roles first.
    pub fn guides_for(&self, roles: &[Role]) -> Vec<&Guide> {
        let mut guides: Vec<&Guide> = self.guides.iter().collect();
        let rank = |guide: &&Guide| {
            let of_reader = roles
                .iter()
                .position(|role| guide.source.roles.contains(role));
            of_reader.unwrap_or(roles.len())
        };
        guides.sort_by_key(rank);
        guides
    }

    /// The guide at an address.
    pub fn guide(&self, slug: &str) -> Option<&Guide> {
        self.guides.iter().find(|guide| guide.source.slug == slug)
    }

    /// The guide in a file of `docs/vi/`.
    pub fn of_file(&self, file: &str) -> Option<&Guide> {
        self.guides.iter().find(|guide| guide.source.file == file)
    }
}

/// The page of a guide that another guide names by its file.
fn address_of_file(file: &str) -> Option<String> {
    let source = SOURCES.iter().find(|source| source.file == file)?;
    Some(routes::guide(source.slug))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_the_own_guide_first() {
        let first = |roles: &[Role]| {
            let guides = shipped().guides_for(roles);
            assert_eq!(guides.len(), SOURCES.len());
            guides[0].key()
        };
        assert_eq!(first(&[]), "leader");
        assert_eq!(first(&[Role::Editor]), "editor");
        assert_eq!(first(&[Role::Viewer]), "department");
        assert_eq!(first(&[Role::Department, Role::Admin]), "department");
        assert_eq!(first(&[Role::Admin]), "admin");
    }
}
