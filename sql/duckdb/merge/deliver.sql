-- Parameters: path of a Parquet file; from_row and to_row, the second excluded.
-- A row is sound where all tables can be made of it; whatever else the contract demands is the consumer's.
INSERT INTO deliveries
WITH file_rows AS NOT MATERIALIZED (
    SELECT
        CAST(event_id AS VARCHAR) AS event_id,
        CAST(event_type AS VARCHAR) AS event_type,
        CAST(occurred_at AS BIGINT) AS occurred_at,
        CAST(payload AS VARCHAR) AS payload,
        file_row_number,
        CASE
            WHEN json_valid(payload)
                THEN
                    from_json(
                        payload,
                        '{
                            "order_id": "VARCHAR",
                            "sku": "VARCHAR",
                            "country": "VARCHAR",
                            "currency": "VARCHAR",
                            "kind": "VARCHAR",
                            "quantity": "BIGINT",
                            "amount": "VARCHAR",
                            "lines": [{
                                "line_number": "BIGINT",
                                "sku": "VARCHAR",
                                "quantity": "BIGINT",
                                "unit_price": "VARCHAR"
                            }]
                        }'
                    )
        END AS content
    FROM read_parquet($path, hive_partitioning = false, file_row_number = true)
    WHERE file_row_number >= $from_row AND file_row_number < $to_row
),

timed AS NOT MATERIALIZED (
    SELECT
        *,
        -- From 1900 to 3000, as in the contract.
        CASE
            WHEN occurred_at BETWEEN -2208988800000000 AND 32503680000000000 THEN make_timestamptz(occurred_at)
        END AS moment
    FROM file_rows
)

SELECT
    event_id,
    event_type,
    moment AS occurred_at,
    payload,
    md5_number(event_id) AS id_key,
    md5_number(concat_ws(chr(31), event_type, occurred_at, payload)) AS content_key,
    coalesce(
        event_id IS NOT NULL
        AND event_type IS NOT NULL
        AND moment IS NOT NULL
        AND starts_with(ltrim(payload), '{')
        AND CASE
            WHEN event_type IN ('order_placed', 'order_returned', 'order_adjusted')
                THEN
                    content.order_id IS NOT NULL
                    AND content.country IS NOT NULL
                    AND content.currency IS NOT NULL
                    AND len(content.lines) > 0
                    AND len(
                        list_filter(
                            content.lines,
                            lambda line:
                                line.line_number IS NULL
                                OR line.sku IS NULL
                                OR line.quantity IS NULL
                                OR line.quantity NOT BETWEEN -2147483648 AND 2147483647
                                OR try_cast(line.unit_price AS DECIMAL(18, 4)) IS NULL
                        )
                    ) = 0
            WHEN event_type = 'order_paid'
                THEN content.order_id IS NOT NULL AND try_cast(content.amount AS DECIMAL(18, 4)) IS NOT NULL
            WHEN event_type IN ('order_shipped', 'order_delivered', 'order_cancelled')
                THEN content.order_id IS NOT NULL
            WHEN event_type = 'stock_adjusted'
                THEN
                    content.sku IS NOT NULL
                    AND content.quantity IS NOT NULL
                    AND content.kind IN ('movement', 'count')
            ELSE json_valid(payload)
        END,
        false
    ) AS is_sound,
    $path AS path,
    file_row_number AS row_in_file
FROM timed
