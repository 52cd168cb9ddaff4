//! Parameters as a user writes them: a name, a value, a default, a legal range and a sentence.
//!
//! One list per model says all of it (the macro `settings!`), and gives the struct, its default, the
//! check that refuses with name, value and range, and `set("trees", "200")` for the command line. So
//! help, check and reference page cannot contradict each other.

use std::fmt::Display;

use crate::error::ParamError;

/// What may be said about one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// As `set` takes it.
    pub name: &'static str,
    /// What it is if nothing is said.
    pub default: String,
    /// What it may be, in words.
    pub legal: &'static str,
    /// What it does.
    pub about: String,
}

/// Parameters with names.
pub trait Settings {
    /// All of them, in the order of their importance.
    fn parameters() -> Vec<Parameter>
    where
        Self: Sized;

    /// Sets the parameter with this name.
    ///
    /// # Errors
    /// No such parameter, or a value that is not legal.
    fn set(&mut self, name: &str, value: &str) -> Result<(), ParamError>;

    /// Names and values as they are now.
    fn values(&self) -> Vec<(&'static str, String)>;
}

/// A type of parameter: reads from text, and prints so that it reads again.
pub trait Value: Sized + Display {
    /// The value, if the text is one.
    fn parse(text: &str) -> Option<Self>;
}

macro_rules! parsed_values {
    ($($kind:ty),*) => {$(
        impl Value for $kind {
            fn parse(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}

parsed_values!(usize, u32, f64, bool);

/// Declares the parameters of a model, see the head of this file.
macro_rules! settings {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident => $method:ident {
            $(
                $(#[doc = $about:literal])+
                $field:ident: $kind:ty = $default:expr, $legal:literal, $test:expr;
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        $visibility struct $name {
            $(
                $(#[doc = $about])+
                #[doc = concat!("Legal: ", $legal, ".")]
                pub $field: $kind,
            )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $name {
            /// The method with these parameters, if all are legal.
            ///
            /// # Errors
            /// Names the first that is not, its value and what is legal.
            $visibility fn check(self) -> Result<$method, $crate::error::ParamError> {
                $(
                    let legal: fn(&$kind) -> bool = $test;
                    $crate::error::require(legal(&self.$field), stringify!($field), &self.$field, $legal)?;
                )*
                Ok($method(self))
            }
        }

        #[doc = concat!("The method with legal parameters, from [`", stringify!($name), "::check`].")]
        #[derive(Clone, Copy, Debug, PartialEq)]
        $visibility struct $method($name);

        impl $method {
            /// The parameters, all legal.
            #[must_use]
            $visibility fn params(&self) -> &$name {
                &self.0
            }
        }

        impl $crate::settings::Settings for $name {
            fn parameters() -> Vec<$crate::settings::Parameter> {
                let defaults = Self::default();
                vec![$(
                    $crate::settings::Parameter {
                        name: stringify!($field),
                        default: defaults.$field.to_string(),
                        legal: $legal,
                        about: [$($about),+].concat().trim().to_owned(),
                    },
                )*]
            }

            fn set(&mut self, name: &str, value: &str) -> Result<(), $crate::error::ParamError> {
                match name {
                    $(
                        stringify!($field) => {
                            let legal: fn(&$kind) -> bool = $test;
                            let parsed = <$kind as $crate::settings::Value>::parse(value).filter(legal);
                            self.$field = parsed.ok_or_else(|| {
                                $crate::error::ParamError::new(stringify!($field), value, $legal)
                            })?;
                            Ok(())
                        }
                    )*
                    _ => {
                        let known: &[&str] = &[$(stringify!($field)),*];
                        Err($crate::settings::unknown(name, known))
                    }
                }
            }

            fn values(&self) -> Vec<(&'static str, String)> {
                vec![$((stringify!($field), self.$field.to_string()),)*]
            }
        }
    };
}
pub(crate) use settings;

/// Declares a parameter that is one of a few words.
macro_rules! choice {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $( $(#[doc = $about:literal])+ $variant:ident = $word:literal, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $name {
            $( $(#[doc = $about])+ $variant, )*
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(match self { $(Self::$variant => $word,)* })
            }
        }

        impl $crate::settings::Value for $name {
            fn parse(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use choice;

/// Refuses a name that no parameter has.
pub(crate) fn unknown(name: &str, known: &[&str]) -> ParamError {
    let legal = if known.is_empty() { "none: there are no parameters".to_owned() } else { known.join(", ") };
    ParamError::new("parameter", name, legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    choice! {
        /// A colour.
        pub(crate) enum Colour {
            /// Like the sky.
            Blue = "blue",
            /// Like the grass.
            Green = "green",
        }
    }

    settings! {
        /// An example.
        pub(crate) struct Params => Method {
            /// How many.
            count: usize = 3, "1 to 9", |count| (1..=9).contains(count);
            /// How
            /// much.
            share: f64 = 0.5, "above 0, up to 1", |share| *share > 0.0 && *share <= 1.0;
            /// Which.
            colour: Colour = Colour::Blue, "blue, green", |_| true;
        }
    }

    #[test]
    fn parameters_are_set_by_name() {
        let mut params = Params::default();
        for (name, value) in [("count", "9"), ("share", "1"), ("colour", "green")] {
            params.set(name, value).unwrap();
        }
        assert_eq!(params, Params { count: 9, share: 1.0, colour: Colour::Green });
        assert_eq!(params.values()[2], ("colour", "green".to_owned()));
        assert_eq!(params.check().unwrap().params().count, 9);
    }

    #[test]
    fn what_is_not_legal_is_named() {
        let check = |name: &str, value: &str, message: &str| {
            assert_eq!(Params::default().set(name, value).unwrap_err().to_string(), message);
        };
        check("count", "0", "`count` is `0`, legal is 1 to 9");
        check("count", "many", "`count` is `many`, legal is 1 to 9");
        check("share", "NaN", "`share` is `NaN`, legal is above 0, up to 1");
        check("colour", "red", "`colour` is `red`, legal is blue, green");
        check("weight", "1", "`parameter` is `weight`, legal is count, share, colour");
        let refused = Params { share: f64::NAN, ..Params::default() }.check().unwrap_err();
        assert_eq!(refused.to_string(), "`share` is `NaN`, legal is above 0, up to 1");
    }

    #[test]
    fn the_list_says_all() {
        let parameters = Params::parameters();
        assert_eq!((parameters[1].name, parameters[1].default.as_str()), ("share", "0.5"));
        assert_eq!((parameters[1].about.as_str(), parameters[0].legal), ("How much.", "1 to 9"));
    }
}
