-- Who may use the API. password holds the hash with its algorithm, its parameters and its salt. stamp is new whenever the
-- password or the role is set: the sessions that were begun under another stamp are over.
CREATE TABLE user_account (
  name TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  password TEXT NOT NULL,
  stamp TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;

-- Tokens for programs. The token itself was shown once: hash is the SHA-256 of it in hex. expires_at_ms is null for one that
-- does not expire, used_at_ms for one that was not used yet.
CREATE TABLE access_token (
  name TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  used_at_ms INTEGER
) STRICT;

-- Logins in a browser. The cookie holds the id, and hash is the SHA-256 of it in hex.
CREATE TABLE login_session (
  hash TEXT PRIMARY KEY,
  user_name TEXT NOT NULL,
  stamp TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  used_at_ms INTEGER NOT NULL
) STRICT;
