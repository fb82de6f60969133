-- Bronze for the benchmarks of the lake: orders of one to five lines, payments and stock movements, and every
-- twentieth row a copy of an earlier one. Parameters: first and last (excluded), rows; total, of all objects;
-- days that they are spread over.
WITH numbered AS (
    SELECT CASE WHEN i % 20 = 19 THEN i - 19 + hash(i) % 19 ELSE i END AS i
    FROM range($first, $last) AS numbers(i)
),

dated AS (
    SELECT
        i,
        CAST(1767225600000000 + i * ($days * 86400000000.0 / $total) AS BIGINT) AS occurred_at,
        i % 10 AS kind
    FROM numbered
)

SELECT
    concat(
        substr(md5(i::VARCHAR), 1, 8), '-', substr(md5(i::VARCHAR), 9, 4), '-', substr(md5(i::VARCHAR), 13, 4),
        '-', substr(md5(i::VARCHAR), 17, 4), '-', substr(md5(i::VARCHAR), 21, 12)
    ) AS event_id,
    CASE WHEN kind < 5 THEN 'order_placed' WHEN kind < 9 THEN 'order_paid' ELSE 'stock_adjusted' END AS event_type,
    2::BIGINT AS schema_version,
    occurred_at,
    'benchmark' AS producer_id,
    -- Without gaps, but for one in 100,000.
    i - i // 20 + i // 100000 + 1 AS sequence,
    concat('O', lpad(i::VARCHAR, 9, '0')) AS partition_key,
    CASE
        WHEN kind < 5 THEN concat(
            '{"order_id":"O', lpad(i::VARCHAR, 9, '0'), '","customer_id":"C', hash(i + 1) % 50000,
            '","country":"United Kingdom","currency":"GBP","lines":[',
            array_to_string(
                list_transform(
                    range(1, 2 + CAST(hash(i + 2) % 5 AS BIGINT)),
                    n -> concat(
                        '{"line_number":', n, ',"sku":"SKU-', lpad((hash(i * 7 + n) % 3000)::VARCHAR, 5, '0'),
                        '","description":"A nice thing to have","category":"cat', hash(i * 11 + n) % 12,
                        '","quantity":', 1 + hash(i * 13 + n) % 8,
                        ',"unit_price":"', 1 + hash(i * 17 + n) % 99, '.', 10 + hash(i * 19 + n) % 90, '"}'
                    )
                ),
                ','
            ),
            ']}'
        )
        WHEN kind < 9 THEN concat(
            '{"order_id":"O', lpad((i - kind % 5)::VARCHAR, 9, '0'), '","amount":"12.50","currency":"GBP"}'
        )
        ELSE concat(
            '{"sku":"SKU-', lpad((hash(i) % 3000)::VARCHAR, 5, '0'), '","kind":"movement","quantity":5}'
        )
    END AS payload,
    'orders' AS stream_name,
    'shardId-000000000000' AS shard_id,
    i::VARCHAR AS sequence_number,
    0::BIGINT AS sub_sequence_number,
    0::BIGINT AS arrived_at,
    0::BIGINT AS ingested_at
FROM dated
