-- The whole check of one site of one part, on the surface, newly built, without approvals (check.md 4-7), as one
-- statement. Tables: cluster.py (feature, part) and rules_sql.py (layer_rule, class_rule, effect, answer, rule, ...).
-- Left out to its advantage: connected fragments, crossings by chainage, the second check of a suggestion, clauses.
WITH ask AS MATERIALIZED (
    SELECT %(site)s::geometry AS geom, %(use)s::text AS use, %(trimmable)s::boolean AS trimmable,
        %(grid_m)s::float8 AS grid_m, ST_Area(%(site)s::geometry) AS area),

-- What the layers (and, as 0, the jurisdiction) can answer for.
edge_of AS MATERIALIZED (
    SELECT c.coverage, c.geom, ST_Covers(c.geom, a.geom) AS whole, ST_Intersects(c.geom, a.geom) AS some
    FROM coverage AS c CROSS JOIN ask AS a),

-- Cut, node, polygonise.
cut AS MATERIALIZED (
    SELECT CASE WHEN ST_CoveredBy(p.geom, s.geom) THEN p.geom
        ELSE ST_CollectionExtract(ST_Intersection(p.geom, s.geom), 3) END AS geom
    FROM ask AS a CROSS JOIN LATERAL ST_Subdivide(a.geom, 16) AS s (geom)
        JOIN part AS p ON ST_Intersects(p.geom, s.geom)),
line AS MATERIALIZED (
    SELECT ST_Boundary(geom) AS geom FROM cut WHERE NOT ST_IsEmpty(geom)
    UNION ALL SELECT ST_Boundary(geom) FROM ask
    UNION ALL SELECT ST_Intersection(ST_Boundary(e.geom), a.geom)
        FROM edge_of AS e CROSS JOIN ask AS a WHERE e.some AND NOT e.whole),
noded AS MATERIALIZED (
    SELECT ST_UnaryUnion(ST_Collect(geom), (SELECT grid_m FROM ask)) AS geom FROM line),
polygon AS MATERIALIZED (
    SELECT d.geom, ST_PointOnSurface(d.geom) AS point
    FROM (SELECT ST_Polygonize(geom) AS geom FROM noded) AS p CROSS JOIN LATERAL ST_Dump(p.geom) AS d),
face AS MATERIALIZED (
    SELECT (row_number() OVER ())::int4 AS face, p.geom, p.point, ST_Area(p.geom) AS area,
        ST_Perimeter(p.geom) AS length
    FROM polygon AS p CROSS JOIN ask AS a WHERE ST_Covers(a.geom, p.point)),

-- What covers a face, what of a layer or feature that makes.
cover AS MATERIALIZED (
    SELECT DISTINCT f.face, p.layer, p.feature
    FROM face AS f CROSS JOIN LATERAL (
        SELECT q.layer, q.feature FROM part AS q WHERE ST_Intersects(q.geom, f.point)) AS p),
by_feature AS MATERIALIZED (
    SELECT c.layer, c.feature, sum(f.area) AS area, bool_or(f.area > l.adjacency_m * f.length) AS fat
    FROM cover AS c JOIN face AS f USING (face) JOIN layer_rule AS l USING (layer) GROUP BY c.layer, c.feature),
known AS MATERIALIZED (
    SELECT b.layer, b.feature, b.area, l.floor AND r.constrains AS floor, r.*,
        CASE WHEN r.constrains THEN (
            SELECT e.effect FROM effect AS e, ask AS a
            WHERE e.layer = b.layer AND e.reserved_for = t.reserved_for AND e.use = a.use) END AS effect,
        l.tessellates AND NOT b.fat AND (
            SELECT ST_IsEmpty(ST_Buffer(ST_Union(f.geom), -l.adjacency_m)) FROM cover AS c JOIN face AS f USING (face)
            WHERE c.layer = b.layer AND c.feature = b.feature) AS vanishes
    FROM by_feature AS b JOIN layer_rule AS l USING (layer)
        CROSS JOIN LATERAL (
            SELECT f.class_code, f.reserved_for FROM feature AS f
            WHERE f.layer = b.layer AND f.feature = b.feature OFFSET 0) AS t
        CROSS JOIN LATERAL (
            SELECT r.constrains, r.undecided, r.pivot, r.cultivated, r.ecological, r.zone FROM class_rule AS r
            WHERE r.layer = b.layer AND r.class_code = t.class_code OFFSET 0) AS r),
judged AS MATERIALIZED (
    SELECT k.*, bool_and(vanishes) OVER (PARTITION BY layer, CASE WHEN floor THEN -1 ELSE feature END) AS thin
    FROM known AS k),
layer_face AS MATERIALIZED (SELECT DISTINCT layer, face FROM cover),
by_layer AS MATERIALIZED (
    SELECT x.layer, sum(f.area) AS area, bool_or(f.area > l.adjacency_m * f.length) AS fat
    FROM layer_face AS x JOIN face AS f USING (face) JOIN layer_rule AS l USING (layer) GROUP BY x.layer),
floor_area AS MATERIALIZED (
    SELECT layer, sum(area) AS area
    FROM (
        SELECT DISTINCT c.layer, c.face, f.area
        FROM cover AS c JOIN judged AS j USING (layer, feature) JOIN face AS f USING (face)
        WHERE j.floor AND NOT j.thin) AS d
    GROUP BY layer),
found AS MATERIALIZED (
    SELECT l.layer, coalesce(b.area, 0) AS area, coalesce(x.area, 0) AS floor_area,
        CASE WHEN b.layer IS NULL THEN 'nothing'
        WHEN l.tessellates AND (SELECT bool_and(j.thin) FROM judged AS j WHERE j.layer = l.layer) THEN 'adjacent'
        WHEN NOT b.fat AND (
            SELECT ST_IsEmpty(ST_Buffer(ST_Union(f.geom), -l.adjacency_m))
            FROM layer_face AS y JOIN face AS f USING (face) WHERE y.layer = l.layer) THEN 'adjacent'
        WHEN l.floor THEN 'hit'
        WHEN b.area < l.trace_below_m2 THEN 'trace'
        WHEN b.area < 10 * l.trace_below_m2 AND (
            SELECT ST_IsEmpty(ST_Buffer(ST_Union(f.geom), -l.trace_half_width_m))
            FROM layer_face AS y JOIN face AS f USING (face) WHERE y.layer = l.layer) THEN 'trace'
        ELSE 'hit' END AS found
    FROM layer_rule AS l LEFT JOIN by_layer AS b USING (layer) LEFT JOIN floor_area AS x USING (layer)),

-- Faces under equal covers are one situation; slivers and gaps thinner than 2 cm decide nothing.
kept AS MATERIALIZED (
    SELECT c.face, j.* FROM cover AS c JOIN judged AS j USING (layer, feature) JOIN found AS f USING (layer)
    WHERE f.found = 'hit' AND NOT j.thin),
blind AS MATERIALIZED (
    SELECT f.face, e.coverage FROM edge_of AS e CROSS JOIN face AS f
    WHERE NOT e.whole AND NOT (e.some AND ST_Intersects(e.geom, f.point))),
thin AS MATERIALIZED (
    SELECT face FROM face WHERE area <= 0.01 * length AND ST_IsEmpty(ST_Buffer(geom, -0.01))),
depth AS MATERIALIZED (SELECT face, layer, count(*) AS features FROM kept GROUP BY face, layer),
mismatch AS MATERIALIZED (
    SELECT DISTINCT t.face
    FROM thin AS t CROSS JOIN layer_rule AS l JOIN found AS o USING (layer)
        LEFT JOIN depth AS d ON d.face = t.face AND d.layer = l.layer
        LEFT JOIN blind AS b ON b.face = t.face AND b.coverage = l.coverage
    WHERE l.tessellates AND o.found = 'hit' AND (d.features > 1 OR d.features IS NULL AND b.face IS NULL)),
keyed AS MATERIALIZED (
    SELECT f.face, f.area, k.covers, coalesce(b.coverages, '{}') AS blind, m.face IS NOT NULL AS mismatch
    FROM face AS f
        LEFT JOIN (
            SELECT face, array_agg(layer * 4294967296::int8 + feature ORDER BY layer, feature) AS covers
            FROM kept GROUP BY face) AS k USING (face)
        LEFT JOIN (
            SELECT face, array_agg(coverage ORDER BY coverage) AS coverages FROM blind GROUP BY face) AS b USING (face)
        LEFT JOIN mismatch AS m USING (face)
    WHERE f.area >= least(0.01, 1e-7 * (SELECT area FROM ask))),
situation AS MATERIALIZED (
    SELECT min(face) AS face, array_agg(face) AS faces, sum(area) AS area, blind, mismatch
    FROM keyed GROUP BY covers, blind, mismatch),
held AS MATERIALIZED (SELECT s.face AS at, k.* FROM situation AS s JOIN kept AS k USING (face)),

-- Constraints.
constrained AS MATERIALIZED (
    SELECT at, min(CASE WHEN floor AND effect <> 'serves' THEN 0 WHEN effect = 'conflicts' THEN 1
            WHEN effect = 'conditional' THEN 3 ELSE 4 END) FILTER (WHERE constrains) AS rank,
        bool_or(undecided) AS undecided, coalesce(bool_or(effect = 'conflicts' AND NOT floor), false) AS conflicts,
        array_agg(layer) FILTER (WHERE floor AND effect <> 'serves') AS bars
    FROM held GROUP BY at),

-- Designations, conditions, the rule that decides.
spoken AS MATERIALIZED (
    SELECT at, layer, count(DISTINCT pivot) AS pivots, bool_and(pivot IS NOT NULL) AS known, min(pivot) AS pivot,
        bool_or(cultivated) AS cultivated, bool_or(ecological) AS ecological, bool_or(zone) AS zone
    FROM held GROUP BY at, layer),
said AS MATERIALIZED (
    SELECT s.face AS at, l.layer, l.speaks_for, l.rank, l.farmland, p.zone,
        CASE WHEN l.coverage IS NULL OR l.coverage = ANY (s.blind) THEN 'unchecked' WHEN p.at IS NULL THEN 'silent'
            WHEN p.known AND p.pivots = 1 THEN 'class' ELSE 'unknown' END AS says,
        p.at IS NOT NULL AS covers, p.pivot, p.cultivated, p.ecological
    FROM situation AS s CROSS JOIN layer_rule AS l LEFT JOIN spoken AS p ON p.at = s.face AND p.layer = l.layer
    WHERE l.speaks_for IS NOT NULL OR l.farmland),
chosen AS MATERIALIZED (
    SELECT c.*, CASE WHEN says = 'class' THEN (
        SELECT w.answer FROM answer AS w, ask AS a WHERE w.pivot = c.pivot AND w.use = a.use) END AS answer
    FROM (
        SELECT DISTINCT ON (at, speaks_for) * FROM said
        WHERE speaks_for IN ('territorial_plan', 'blueprint', 'land_use_plan', 'urban_rural_plan')
        ORDER BY at, speaks_for, says NOT IN ('class', 'unknown'),
            CASE WHEN says IN ('class', 'unknown') THEN rank ELSE -rank END) AS c
    WHERE NOT (speaks_for IN ('territorial_plan', 'blueprint') AND says = 'unchecked')),
condition AS MATERIALIZED (
    SELECT at,
        coalesce(bool_or(farmland AND covers), false) AS cultivated,
        coalesce(bool_or(speaks_for = 'survey' AND says = 'class' AND cultivated), false) AS cultivated_survey,
        coalesce(bool_or(speaks_for = 'survey' AND says = 'class' AND ecological), false) AS ecological_survey,
        coalesce(bool_or(speaks_for = 'urban_boundary' AND says <> 'unchecked' AND zone), false) AS inside,
        coalesce(bool_or(speaks_for = 'urban_boundary' AND says = 'unchecked'), false) AS boundary_blind,
        coalesce(bool_or(speaks_for = 'survey' AND says IN ('unchecked', 'unknown')
            OR farmland AND says = 'unchecked'), false) AS undecided
    FROM said GROUP BY at),
plan AS MATERIALIZED (
    SELECT at,
        array_agg(CASE speaks_for WHEN 'territorial_plan' THEN 'territorial' WHEN 'land_use_plan' THEN 'land_use'
            WHEN 'urban_rural_plan' THEN 'urban_rural' ELSE speaks_for END || '.' || says) AS tokens,
        count(answer) FILTER (WHERE old) = 2 AND count(DISTINCT answer) FILTER (WHERE old) = 1 AS same,
        bool_or(old AND cultivated AND says = 'class') AS cultivated,
        bool_or(old AND ecological AND says = 'class') AS ecological,
        coalesce(bool_and(answer = 'forbids') FILTER (WHERE says = 'class'), false)
            AND NOT bool_or(says IN ('unknown', 'unchecked')) AS all_forbid,
        json_object_agg(speaks_for, answer) AS answers
    FROM (SELECT *, speaks_for IN ('land_use_plan', 'urban_rural_plan') AS old FROM chosen) AS c GROUP BY at),
token AS MATERIALIZED (
    SELECT c.at, p.answers, p.all_forbid, p.tokens
        || CASE WHEN p.same THEN ARRAY['same_answer'] ELSE '{}' END
        || CASE WHEN c.cultivated OR c.cultivated_survey OR p.cultivated THEN ARRAY['cultivated'] ELSE '{}' END
        || CASE WHEN c.ecological_survey OR p.ecological THEN ARRAY['ecological'] ELSE '{}' END
        || CASE WHEN c.inside THEN ARRAY['inside_boundary'] ELSE '{}' END
        || CASE WHEN c.undecided OR c.boundary_blind AND NOT c.inside THEN ARRAY['undecided'] ELSE '{}' END AS tokens
    FROM condition AS c JOIN plan AS p USING (at)),
designated AS MATERIALIZED (
    SELECT t.at, r.outcome, CASE WHEN r.outcome <> 'coordinate' THEN
            CASE t.answers ->> CASE WHEN r.outcome = 'agrees' THEN 'land_use_plan' ELSE r.plan END
            WHEN 'allows' THEN 4 WHEN 'conditional' THEN 3 WHEN 'forbids' THEN 1 ELSE 2 END
        WHEN t.all_forbid THEN 1 ELSE 2 END AS rank
    FROM token AS t CROSS JOIN LATERAL (
        SELECT * FROM rule AS r
        WHERE r.needs <@ t.tokens AND (r.any_of = '{}' OR r.any_of && t.tokens) AND NOT r.none_of && t.tokens
        ORDER BY r.number LIMIT 1) AS r),
ruled AS MATERIALIZED (
    SELECT s.face, s.faces, s.area, s.mismatch AND NOT coalesce(c.conflicts, false) AS decides_nothing, d.outcome,
        least(coalesce(c.rank, 4), d.rank, CASE WHEN c.undecided THEN 2 END) AS rank,
        coalesce(c.bars <@ (SELECT array_agg(f.layer) FROM found AS f
            WHERE f.found = 'hit' AND f.floor_area > 0 AND f.floor_area < 1), false) AS digitising_error
    FROM situation AS s JOIN designated AS d ON d.at = s.face LEFT JOIN constrained AS c ON c.at = s.face),

-- The proposal.
going AS MATERIALIZED (
    SELECT *, rank = 0 AND digitising_error AS error FROM ruled WHERE rank = 0 OR rank = 1 AND NOT decides_nothing),
left_over AS MATERIALIZED (
    SELECT CASE WHEN NOT a.trimmable OR NOT EXISTS (SELECT FROM going WHERE NOT error) THEN NULL
        WHEN (SELECT sum(area) FROM going) >= 0.999999999 * a.area THEN ST_GeomFromText('POLYGON EMPTY')
        ELSE ST_Difference(a.geom, (
            SELECT ST_Union(f.geom) FROM going AS g CROSS JOIN unnest(g.faces) AS x (number) JOIN face AS f ON f.face = x.number
        ), a.grid_m) END AS geom
    FROM ask AS a),
opened AS MATERIALIZED (
    SELECT ST_Intersection(ST_Buffer(ST_Buffer(o.geom, -v.min_width_m / 2, 'join=mitre mitre_limit=20'),
        v.min_width_m / 2, 'join=mitre mitre_limit=20'), o.geom) AS geom
    FROM left_over AS o CROSS JOIN verdict_rule AS v),
measured AS MATERIALIZED (
    SELECT CASE WHEN o.geom IS NULL THEN a.area ELSE (
        SELECT coalesce(sum(ST_Area(d.geom)), 0) FROM ST_Dump(o.geom) AS d
        WHERE ST_Area(d.geom) >= v.min_part_m2) END AS kept_m2
    FROM opened AS o CROSS JOIN ask AS a CROSS JOIN verdict_rule AS v),
blind_area AS MATERIALIZED (
    SELECT b.coverage, sum(f.area) AS area FROM blind AS b JOIN face AS f USING (face) GROUP BY b.coverage),
unchecked AS MATERIALIZED (
    SELECT l.layer, l.required, CASE WHEN l.coverage IS NULL THEN a.area ELSE coalesce(b.area, 0) END AS area
    FROM layer_rule AS l CROSS JOIN ask AS a LEFT JOIN blind_area AS b USING (coverage)),
verdict AS MATERIALIZED (
    SELECT CASE
        WHEN a.trimmable AND m.kept_m2 < v.min_kept_share * a.area
            AND EXISTS (SELECT FROM going WHERE NOT error) THEN 'does_not_conform'
        WHEN NOT a.trimmable AND EXISTS (SELECT FROM going WHERE NOT error) THEN 'does_not_conform'
        WHEN EXISTS (SELECT FROM unchecked AS u WHERE u.required AND u.area > 0)
            OR EXISTS (SELECT FROM blind_area WHERE coverage = 0) THEN 'undetermined'
        WHEN EXISTS (SELECT FROM going) OR EXISTS (
            SELECT FROM ruled WHERE rank IN (2, 3) AND NOT decides_nothing) THEN 'basically_conforms'
        ELSE 'conforms' END AS verdict
    FROM ask AS a CROSS JOIN measured AS m CROSS JOIN verdict_rule AS v),
referral AS MATERIALIZED (
    SELECT department FROM duty
    UNION SELECT c.department FROM consulted AS c JOIN found AS f USING (layer) WHERE f.found = 'hit'
    UNION SELECT l.steward FROM layer_rule AS l JOIN unchecked AS u USING (layer) WHERE u.area > 0
    UNION SELECT s.department FROM subject AS s CROSS JOIN ask AS a WHERE starts_with(a.use, s.use))

SELECT (SELECT verdict FROM verdict) AS verdict,
    (SELECT kept_m2 FROM measured) AS kept_m2,
    (SELECT json_object_agg(l.key, json_build_array(f.found, f.area, u.area))
        FROM found AS f JOIN layer_rule AS l USING (layer) JOIN unchecked AS u USING (layer)) AS layers,
    (SELECT json_object_agg(rank, area) FROM (
        SELECT rank, sum(area) AS area FROM ruled GROUP BY rank) AS r) AS conformity,
    (SELECT json_object_agg(outcome, area) FROM (
        SELECT outcome, sum(area) AS area FROM ruled GROUP BY outcome) AS r) AS outcome,
    (SELECT array_agg(department ORDER BY department) FROM referral) AS departments
