-- Sets which schema names without one stand for in this session, and UTC for times as text. One row.
SELECT
    set_config('search_path', %(schema)s, false) AS search_path,
    set_config('TimeZone', 'UTC', false) AS time_zone;
