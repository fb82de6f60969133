-- By event time, so that a file covers few partitions.
SELECT event_id, event_type, occurred_at, order_id, sku, customer_id, country, currency, payload, amount, event_date
FROM arrivals
ORDER BY occurred_at
