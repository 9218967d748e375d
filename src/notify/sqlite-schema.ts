import { type DatabaseSync } from 'node:sqlite'
import { SettingsError } from '../model/errors.ts'

/** Marks our files for `file(1)` and for us: "NMob" in ASCII. https://www.sqlite.org/pragma.html#pragma_application_id */
const applicationId = 0x4e4d6f62

/** The columns that a notification keeps when it becomes a dead letter and back. */
const notificationColumns = `
    id TEXT NOT NULL UNIQUE,
    post INTEGER NOT NULL REFERENCES posts (id),
    receiver TEXT NOT NULL,
    channel TEXT NOT NULL,
    tenant TEXT NOT NULL,
    alerts TEXT,
    accepted_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    done TEXT NOT NULL DEFAULT '[]',
    reason TEXT,
    detail TEXT NOT NULL DEFAULT ''`

/**
 * One entry a version, applied in order; `user_version` says how many were. A released entry never changes.
 *
 * - posts: a posted group, once; its notifications and dead letters refer to it. The first version kept no number of alerts and no
 *   group key beside the body.
 * - state_sets: what was told a moment ago, a row for each group and receiver. States of the first version are forgotten: they are
 *   of no use after two minutes.
 * - post_slices: the alerts of a large group, in order; its post's body has none.
 * - notifications: what waits; `seq` is the order of acceptance, `alerts` a JSON array of places or null for all.
 * - totals: one row that triggers keep, so that counting never scans.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE posts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;

  CREATE TABLE notifications (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,${notificationColumns},
    queued_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    failed TEXT NOT NULL DEFAULT '[]'
  ) STRICT;
  CREATE INDEX notifications_by_lane ON notifications (receiver, seq);
  CREATE INDEX notifications_by_post ON notifications (post);

  CREATE TABLE dead_letters (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,${notificationColumns},
    died_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX dead_letters_by_lane ON dead_letters (receiver, seq);
  CREATE INDEX dead_letters_by_post ON dead_letters (post);

  CREATE TABLE states (
    identity TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    reminded_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX states_by_age ON states (accepted_at);

  CREATE TABLE history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    notification TEXT NOT NULL,
    receiver TEXT NOT NULL,
    channel TEXT NOT NULL,
    tenant TEXT NOT NULL,
    group_key TEXT NOT NULL,
    alerts INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    detail TEXT NOT NULL,
    took_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX history_by_receiver ON history (receiver, id);
  CREATE INDEX history_by_notification ON history (notification, id);

  CREATE TABLE totals (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pending INTEGER NOT NULL,
    dead INTEGER NOT NULL
  ) STRICT;
  INSERT INTO totals VALUES (1, 0, 0);
  CREATE TRIGGER notification_added AFTER INSERT ON notifications BEGIN UPDATE totals SET pending = pending + 1; END;
  CREATE TRIGGER notification_left AFTER DELETE ON notifications BEGIN UPDATE totals SET pending = pending - 1; END;
  CREATE TRIGGER dead_letter_added AFTER INSERT ON dead_letters BEGIN UPDATE totals SET dead = dead + 1; END;
  CREATE TRIGGER dead_letter_left AFTER DELETE ON dead_letters BEGIN UPDATE totals SET dead = dead - 1; END;
  `,
  `
  ALTER TABLE posts ADD COLUMN group_key TEXT;
  ALTER TABLE posts ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE notifications ADD COLUMN alert_count INTEGER;
  ALTER TABLE dead_letters ADD COLUMN alert_count INTEGER;
  ALTER TABLE totals ADD COLUMN payload INTEGER NOT NULL DEFAULT 0;

  CREATE TABLE post_slices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    post INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX post_slices_by_post ON post_slices (post, id);
  CREATE INDEX dead_letters_by_tenant ON dead_letters (tenant, seq);

  DROP TABLE states;
  CREATE TABLE state_sets (
    id INTEGER PRIMARY KEY,
    scope TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    accepted_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX state_sets_by_age ON state_sets (accepted_at);

  UPDATE posts SET bytes = octet_length(body);
  UPDATE totals SET payload = (SELECT coalesce(sum(bytes), 0) FROM posts);
  CREATE TRIGGER post_added AFTER INSERT ON posts BEGIN UPDATE totals SET payload = payload + new.bytes; END;
  CREATE TRIGGER post_left AFTER DELETE ON posts BEGIN UPDATE totals SET payload = payload - old.bytes; END;
  `,
]

/** Throws SettingsError for a file of another program or of a newer version, before anything in it is touched. */
export function checkOwner(database: DatabaseSync, file: string): void {
  const owner = pragma(database, 'application_id')
  const version = pragma(database, 'user_version')
  const tables = database.prepare('SELECT count(*) AS amount FROM sqlite_schema').get()?.['amount']
  if (owner !== applicationId && tables !== 0) {
    throw new SettingsError(`${file} is a database of another program; name another folder with --data`)
  }
  if (version > migrations.length) {
    throw new SettingsError(
      `${file} was written by a newer version (schema ${version}, this version knows ${migrations.length}); run that version, or name another folder with --data`,
    )
  }
}

/** Brings the database to this program's schema, one transaction a step. */
export function migrate(database: DatabaseSync): void {
  const version = pragma(database, 'user_version')
  for (const [index, script] of migrations.entries()) {
    if (index < version) continue
    database.exec(
      `BEGIN IMMEDIATE; ${script}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${index + 1}; COMMIT`,
    )
  }
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name])
}
