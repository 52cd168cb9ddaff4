//! The crate as its callers see it: files in a temporary folder, words in, logs and notices out.

#[cfg(test)]
mod archives;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod files;
#[cfg(test)]
mod making;
#[cfg(test)]
mod planning;
#[cfg(test)]
mod rotation;
