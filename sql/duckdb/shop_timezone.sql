-- Parameters: shop_timezone.
SET VARIABLE shop_timezone = $shop_timezone
