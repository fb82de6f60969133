-- What happened in the last hour?
SELECT currency, orders_placed, orders_paid, paid_amount
FROM live_sales_last_hour
WHERE currency = ?
ORDER BY currency ASC
