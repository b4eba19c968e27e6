-- Window functions and QUALIFY.
-- case: row number
-- expect: portable
select order_id, row_number() over (partition by region order by amount desc, order_id) as place from orders;
-- case: keep the last by qualify
-- expect: portable
select * from orders qualify row_number() over (partition by customer_id order by updated_at desc, order_id) = 1;
-- case: keep by a nested row number
-- expect: portable
select * exclude (place) from (select *, row_number() over (partition by customer_id order by order_id) as place from orders) where place = 1;
-- case: rank and filter
-- expect: portable
select order_id, rank() over (partition by region order by amount desc) as r from orders qualify r <= 2;
-- case: running sum
-- expect: portable
select order_id, sum(amount) over (partition by region order by order_id rows between unbounded preceding and current row) as running from orders;
-- case: share of a group
-- expect: portable
select order_id, sum(amount) over (partition by region) as region_total, count(*) over () as all_orders from orders;
-- case: lag
-- expect: portable
select order_id, lag(amount) over (partition by customer_id order by order_id) as before from orders;
-- case: moving minimum
-- expect: portable
select order_id, min(amount) over (order by order_id rows between 2 preceding and current row) as low from orders;
-- case: window over groups
-- expect: portable
select region, sum(amount) as revenue, rank() over (order by sum(amount) desc) as place from orders group by region;
-- case: named window
-- expect: portable
select order_id, first_value(amount) over w as first_amount from orders window w as (partition by region order by order_id);
-- case: range frame
-- expect: duckdb-only: frame
select order_id, sum(amount) over (order by ordered_at range between interval 1 day preceding and current row) as s from orders;
-- case: top category by qualify over groups
-- expect: portable
select region, customer_id, sum(amount) as spent from orders group by 1, 2 qualify row_number() over (partition by region order by sum(amount) desc, customer_id) = 1;
-- case: lag and lead with defaults
-- expect: portable
select order_id, lag(amount, 2, 0) over (order by order_id) as before, lead(region, 1, 'none') over (partition by paid order by order_id) as after from orders;
-- case: quarters by ntile
-- expect: portable
select order_id, ntile(4) over (order by order_id) as bucket, dense_rank() over (order by region nulls first) as d from orders;
-- case: change to the row before
-- expect: portable
select order_id, amount - lag(amount) over (partition by region order by order_id) as change, count(note) over (partition by region) as notes from orders;
-- case: last of the whole partition
-- expect: portable
select order_id, last_value(amount) over (partition by region order by order_id rows between unbounded preceding and unbounded following) as closing from orders;
-- case: sessions by a running count
-- expect: portable
with marked as (select *, case when date_diff('hour', lag(ordered_at) over (partition by customer_id order by ordered_at, order_id), ordered_at) > 24 then 1 else 0 end as starts from orders) select order_id, sum(starts) over (partition by customer_id order by ordered_at, order_id rows unbounded preceding) as session from marked;
-- case: relative ranks
-- expect: portable
select order_id, percent_rank() over (partition by paid order by quantity) as share, cume_dist() over (order by quantity nulls first) as up_to from orders;
