-- A message of a channel other than mail: the JSON document of docs/notification.schema.json. recipient is then the name of the
-- channel.
ALTER TABLE outbox ADD COLUMN document TEXT;
-- The chart of a mail as SVG. Its PNG is made when the mail is sent.
ALTER TABLE outbox ADD COLUMN picture TEXT;
-- The delivery log of an incident.
CREATE INDEX outbox_incident ON outbox (incident_id) WHERE incident_id IS NOT NULL;
