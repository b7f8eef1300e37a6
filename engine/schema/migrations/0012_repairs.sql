-- Repairs: a third kind of decision, `fill`, gives the left side a value nobody told of it (I4, I5). Its left side is an
-- identifier, or ('record', record_key) for a raw record that names nobody; right_kind is email, phone or name.
alter table identity_decisions add column batch_id integer;  -- decided together and undone together: its first decision
alter table identity_decisions add column evidence json;     -- fill: {"provider", "object_type", "object_id", "link", ..}

update identity_decisions set batch_id = decision_id;
