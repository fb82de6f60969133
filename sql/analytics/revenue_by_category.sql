-- Which categories bring the most revenue?
SELECT category, SUM(amount) as total_revenue
FROM "ecommerce_analytics_db"."gold_daily_sales"
GROUP BY category
ORDER BY total_revenue DESC;
