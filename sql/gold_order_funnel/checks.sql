-- fail day_is_there_once: every day is there once
SELECT placed_date
FROM gold_order_funnel
GROUP BY placed_date
HAVING COUNT(*) > 1;

-- fail orders_are_those_of_silver: every day has the orders that were placed on it
WITH there AS (
    SELECT placed_date, COUNT(*) AS placed
    FROM silver_orders
    WHERE placed_date IS NOT NULL
    GROUP BY placed_date
)

SELECT COALESCE(here.placed_date, there.placed_date) AS placed_date
FROM gold_order_funnel AS here
FULL OUTER JOIN there ON here.placed_date = there.placed_date
WHERE here.placed IS NULL OR there.placed IS NULL OR here.placed <> there.placed;

-- fail stages_are_of_the_placed: no stage has more orders than were placed
SELECT placed_date
FROM published
WHERE paid > placed OR shipped > placed OR delivered > placed OR cancelled > placed OR returned > placed;
