-- Gold = silver, per day and currency, per product, per customer: every key whose sums differ is counted.
-- So is every day whose orders in the funnel are not those of silver, and every product that inventory lacks.
WITH line_days AS (
  SELECT sales_date, currency, sum(amount) AS amount
  FROM silver_order_lines
  GROUP BY sales_date, currency
),
gold_days AS (
  SELECT sales_date, currency, sum(amount) AS amount
  FROM gold_daily_sales
  GROUP BY sales_date, currency
),
line_products AS (
  SELECT sales_date, sku, currency, sum(amount) AS amount
  FROM silver_order_lines
  GROUP BY sales_date, sku, currency
),
line_customers AS (
  SELECT customer_id, currency, sum(amount) AS amount
  FROM silver_order_lines
  WHERE customer_id IS NOT NULL
  GROUP BY customer_id, currency
),
order_days AS (
  SELECT placed_date, count(*) AS placed
  FROM silver_orders
  WHERE placed_date IS NOT NULL
  GROUP BY placed_date
),
funnel AS (
  SELECT count(*) AS differing
  FROM order_days
  FULL OUTER JOIN gold_order_funnel ON order_days.placed_date = gold_order_funnel.placed_date
  WHERE coalesce(order_days.placed, 0) <> coalesce(gold_order_funnel.placed, 0)
),
inventory AS (
  SELECT count(*) AS differing
  FROM (
    SELECT sku FROM silver_order_lines WHERE line_class IN ('sale', 'return')
    UNION
    SELECT sku FROM silver_stock_movements
  ) AS moved
  FULL OUTER JOIN gold_inventory ON moved.sku = gold_inventory.sku
  WHERE moved.sku IS NULL OR gold_inventory.sku IS NULL
),
days AS (
  SELECT count(*) AS differing
  FROM line_days
  FULL OUTER JOIN gold_days
    ON line_days.sales_date = gold_days.sales_date AND line_days.currency = gold_days.currency
  WHERE coalesce(line_days.amount, 0) <> coalesce(gold_days.amount, 0)
     OR line_days.sales_date IS NULL OR gold_days.sales_date IS NULL
),
products AS (
  SELECT count(*) AS differing
  FROM line_products
  FULL OUTER JOIN gold_product_sales AS gold
    ON line_products.sales_date = gold.sales_date
   AND line_products.sku = gold.sku
   AND line_products.currency = gold.currency
  WHERE coalesce(line_products.amount, 0) <> coalesce(gold.amount, 0)
     OR line_products.sku IS NULL OR gold.sku IS NULL
),
customers AS (
  SELECT count(*) AS differing
  FROM line_customers
  FULL OUTER JOIN gold_customer_value AS gold
    ON line_customers.customer_id = gold.customer_id AND line_customers.currency = gold.currency
  WHERE coalesce(line_customers.amount, 0) <> coalesce(gold.amount, 0)
     OR line_customers.customer_id IS NULL OR gold.customer_id IS NULL
)
SELECT
  days.differing + funnel.differing AS days_differing,
  products.differing + inventory.differing AS products_differing,
  customers.differing AS customers_differing
FROM days
CROSS JOIN products
CROSS JOIN customers
CROSS JOIN funnel
CROSS JOIN inventory
