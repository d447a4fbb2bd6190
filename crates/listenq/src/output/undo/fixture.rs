//! A journal for the tests of what is printed of it.
