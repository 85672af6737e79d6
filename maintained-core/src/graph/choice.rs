//! Choosing setters: by their labels, or by the fields that they keep.

use std::fmt::Write as _;
use std::sync::Arc;

use typed_index_collections::TiVec;

use crate::declare::setter::SetterMeta;
use crate::declare::setter_set::SetterSet;
use crate::error::Error;
use crate::graph::{Graph, ModelIndex, Node};

/// The setters that the scopes around a write leave; none stands for all setters.
pub(crate) type Choice = Option<Arc<Chosen>>;

/// Setters that were chosen.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// Those of each model.
    setters: TiVec<ModelIndex, SetterSet>,
    /// What was said to choose them.
    words: String,
}

/// What a scope says to choose setters.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub(crate) by: By,
    pub(crate) names: Vec<String>,
    /// Whether the setters that are named are chosen, or all others.
    pub(crate) only: bool,
}

/// By what setters are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// By their labels.
    Label,
    /// By the fields that they keep, as `Model::field`.
    Field,
}

impl Chosen {
    /// The setters of a model that were chosen.
    pub(crate) fn of(&self, model: ModelIndex) -> SetterSet {
        self.setters[model]
    }

    /// What was said to choose them, from the outermost scope to the innermost.
    pub(crate) fn words(&self) -> &str {
        &self.words
    }

    /// Some setters of one model, for a check.
    pub(crate) fn only(graph: &Graph, model: ModelIndex, setters: SetterSet) -> Self {
        let mut chosen: TiVec<_, _> = vec![SetterSet::NONE; graph.models.len()].into();
        chosen[model] = setters;
        Self {
            setters: chosen,
            words: "check".to_owned(),
        }
    }
}

impl Graph {
    /// Fails where no model has the name.
    ///
    /// # Errors
    /// [`Error::UnknownModel`].
    pub(crate) fn check_name(&self, name: &str) -> Result<(), Error> {
        let mut known: Vec<&'static str> = self.models.iter().map(|node| node.meta.name).collect();
        if known.contains(&name) {
            return Ok(());
        }
        known.sort_unstable();
        Err(Error::UnknownModel {
            model: name.to_owned(),
            nearest: nearest(&known, name).copied(),
            known,
        })
    }
}

/// The same setters are the same choice, whatever was said to choose them.
impl PartialEq for Chosen {
    fn eq(&self, other: &Self) -> bool {
        self.setters == other.setters
    }
}

#[cfg(test)]
impl From<Vec<SetterSet>> for Chosen {
    fn from(setters: Vec<SetterSet>) -> Self {
        Self {
            setters: setters.into(),
            words: String::new(),
        }
    }
}

impl Selection {
    /// Chooses setters among those that the scopes around leave.
    ///
    /// # Errors
    /// [`Error::UnknownLabel`], [`Error::UnknownField`].
    pub(crate) fn within(&self, graph: &Graph, around: &Choice) -> Result<Chosen, Error> {
        self.check(graph)?;
        let chosen = |(model, node): (ModelIndex, &Node)| {
            let left = around
                .as_ref()
                .map_or(SetterSet::ALL, |around| around.of(model));
            let setters = node.setters.iter_enumerated();
            let chosen = setters.filter(|(_, setter)| self.names_any(node, setter) == self.only);
            chosen.map(|(at, _)| at).collect::<SetterSet>() & left
        };
        let setters = graph.models.iter_enumerated().map(chosen).collect();
        let mut words = String::new();
        if let Some(around) = around {
            words = format!("{} ", around.words());
        }
        let action = match (self.only, self.by) {
            (true, By::Label) => "only",
            (false, By::Label) => "except",
            (true, By::Field) => "only_fields",
            (false, By::Field) => "except_fields",
        };
        // A string takes whatever is written to it.
        write!(words, "{action}({})", self.names.join(", ")).ok();
        Ok(Chosen { setters, words })
    }

    fn check(&self, graph: &Graph) -> Result<(), Error> {
        match self.by {
            By::Label => {
                let is_unknown = |label: &&String| !graph.labels.contains(label.as_str());
                let unknown = self.names.iter().find(is_unknown);
                unknown.map_or(Ok(()), |label| {
                    let known: Vec<&'static str> = graph.labels.iter().copied().collect();
                    Err(Error::UnknownLabel {
                        label: label.clone(),
                        nearest: nearest(&known, label).copied(),
                        known,
                    })
                })
            }
            By::Field => {
                let is_kept = |name: &str| {
                    let setters =
                        |node: &'_ Node| node.setters.iter().any(|it| keeps(node, it, name));
                    graph.models.iter().any(setters)
                };
                let unknown = self.names.iter().find(|name| !is_kept(name));
                unknown.map_or(Ok(()), |field| Err(unknown_field(graph, field)))
            }
        }
    }

    /// Whether the selection names the setter.
    fn names_any(&self, node: &Node, setter: &SetterMeta) -> bool {
        self.names.iter().any(|name| match self.by {
            By::Label => setter.labels.contains(&name.as_str()),
            By::Field => keeps(node, setter, name),
        })
    }
}

/// Whether a setter keeps the field with this name, `Model::field`.
fn keeps(node: &Node, setter: &SetterMeta, name: &str) -> bool {
    let Some((model, field)) = name.split_once("::") else {
        return false;
    };
    let mut kept = setter.fields.iter();
    model == node.meta.name && kept.any(|column| node.meta.columns[column].field == field)
}

/// The error for a field that no model has.
pub(crate) fn unknown_field(graph: &Graph, field: &str) -> Error {
    let fields = |node: &Node| -> Vec<String> {
        let kept = node.setters.iter().flat_map(|setter| setter.fields.iter());
        kept.map(|column| format!("{}::{}", node.meta.name, node.meta.columns[column].field))
            .collect()
    };
    let mut known: Vec<String> = graph.models.iter().flat_map(fields).collect();
    known.sort_unstable();
    known.dedup();
    // A name whose model was left out comes before names that are spelled alike.
    let bare = |known: &&String| known.rsplit("::").next() == Some(field);
    let nearest = known.iter().find(bare).or_else(|| nearest(&known, field));
    Error::UnknownField {
        field: field.to_owned(),
        nearest: nearest.cloned(),
        known,
    }
}

/// The name that was probably meant: the nearest, if at most a third of its letters differ.
pub(crate) fn nearest<'k, N: AsRef<str>>(known: &'k [N], name: &str) -> Option<&'k N> {
    let distance = |known: &N| strsim::osa_distance(known.as_ref(), name);
    let near = known
        .iter()
        .filter(|known| distance(known) <= known.as_ref().len() / 3);
    near.min_by_key(|known| distance(known))
}
