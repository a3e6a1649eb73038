//! A real PostgreSQL server for the tests.
