-- Grouping, DISTINCT, ordering.
-- case: group by one column
-- expect: portable
select region, count(*) as orders, sum(amount) as revenue from orders group by region;
-- case: group by all
-- expect: portable
select region, date_trunc('month', ordered_at) as month, sum(quantity * amount) as revenue from orders group by all;
-- case: group by position
-- expect: portable
select region, paid, count(*) as n from orders group by 1, 2;
-- case: group by alias
-- expect: portable
select date_trunc('day', ordered_at) as day, max(amount) as best from orders group by day;
-- case: group by expression
-- expect: portable
select upper(region) as r, min(quantity) as least from orders group by upper(region);
-- case: key used inside an expression
-- expect: portable
select region || '!' as shout, count(*) as n from orders group by region;
-- case: having
-- expect: portable
select region, count(*) as n from orders group by region having count(*) > 1 and sum(amount) > 0;
-- case: having by alias
-- expect: portable
select region, sum(amount) as revenue from orders group by region having revenue > 20;
-- case: aggregate of an expression of aggregates
-- expect: portable
select region, sum(amount) - min(amount) as spread, count(*) + 1 as n from orders group by region;
-- case: no keys
-- expect: portable
select count(*) as n, count(note) as notes, sum(amount) as revenue, min(ordered_at) as first_at from orders;
-- case: count distinct
-- expect: portable
select region, count(distinct customer_id) as customers from orders group by region;
-- case: filter clause
-- expect: portable
select region, count(*) filter (where paid) as paid, sum(amount) filter (where quantity > 1) as many from orders group by region;
-- case: sum of integers
-- expect: portable
select customer_id, sum(quantity) as items from orders group by customer_id;
-- case: same name as the column
-- expect: portable
select region, sum(amount) as amount from orders group by region;
-- case: ordered text aggregate
-- expect: portable
select region, string_agg(note, ',' order by order_id) as notes from orders group by region;
-- case: unordered list
-- expect: duckdb-only: its result depends on the order of rows
select region, list(order_id) as ids from orders group by region having count(*) < 2;
-- case: rollup
-- expect: portable
select region, paid, count(*) as n from orders group by rollup(region, paid);
-- case: median of integers
-- expect: portable
select region, median(quantity) as m from orders group by region;
-- case: median of decimals
-- expect: duckdb-only: only integers and float64
select region, median(amount) as m from orders group by region;
-- case: averages
-- expect: portable
select region, avg(amount) as mean, avg(quantity) as items, stddev(quantity) as spread from orders group by region;
-- case: latest value by key
-- expect: portable
select customer_id, arg_max(order_id, order_id) as last_order, bool_or(paid) as any_paid, bool_and(paid) as all_paid from orders group by customer_id;
-- case: ordered list
-- expect: portable
select region, list(amount order by order_id) as amounts, first(note order by order_id) as first_note from orders group by region;
-- case: sum of distinct values
-- expect: portable
select region, sum(distinct quantity) as s, max(distinct amount) as m from orders group by region;
-- case: conversion rate
-- expect: portable
select region, count(*) filter (where paid) * 1.0 / nullif(count(*), 0) as share from orders group by region;
-- case: mode
-- expect: duckdb-only: function mode is not in the catalogue
select region, mode(quantity) as m from orders group by region;
-- case: distinct
-- expect: portable
select distinct region, paid from orders;
-- case: distinct on
-- expect: portable
select distinct on (customer_id) customer_id, order_id, amount from orders order by customer_id, order_id desc;
-- case: order and limit
-- expect: portable
select order_id, amount from orders order by amount desc, order_id limit 5;
-- case: order by an expression that is not shown, offset
-- expect: portable
select order_id from orders order by quantity * amount desc nulls first, order_id limit 4 offset 1;
-- case: order by position
-- expect: portable
select region, sum(amount) as s from orders group by region order by 2 desc, 1 limit 2;
-- case: order by all
-- expect: portable
select order_id, region from orders order by all;
-- case: order by an aggregate
-- expect: portable
select region from orders group by region order by count(*) desc, region;
-- case: limit in percent
-- expect: duckdb-only: percent
select order_id from orders order by order_id limit 100%;
-- case: a quantile
-- expect: portable
select region, quantile_cont(quantity, 0.9) as p90 from orders group by region;
-- case: sums of conditions
-- expect: portable
select sum(case when paid then 1 else 0 end) as n, count(distinct case when paid then customer_id end) as c from orders;
-- case: arithmetic of sums
-- expect: portable
select region, sum(amount) * 2 as twice, sum(amount * quantity) - sum(amount) as rest, round(sum(amount) / nullif(count(*), 0), 2) as mean from orders group by all;
-- case: rollup with grouping
-- expect: portable
select region, paid, count(*) as n, sum(amount) as revenue, grouping(region) as g1, grouping(paid) + grouping(region) as level from orders group by rollup(region, paid) order by level desc, region, paid;
-- case: cube
-- expect: portable
select region, paid, quantity, count(*) as n, grouping(region, quantity) as g, grouping(region, paid, quantity) as mask from orders group by cube(region, paid, quantity);
-- case: grouping sets with the empty one and no rows
-- expect: portable
select region, note, sum(quantity) as q from orders where quantity > 100 group by grouping sets ((region), (note), ());
-- case: rollup of an expression with having
-- expect: portable
select date_trunc('month', ordered_at) as month, region, count(*) as n from orders group by rollup(date_trunc('month', ordered_at), region) having count(*) > 1;
-- case: rank within grouping sets
-- expect: portable
select region, paid, sum(amount) as revenue, rank() over (partition by grouping(region) + grouping(paid), case when grouping(paid) = 0 then region end order by sum(amount) desc) as place from orders group by rollup(region, paid);
-- case: grouping sets of a constant
-- expect: duckdb-only: grouping sets of constants
select 'x' as k, region, count(*) as n from orders group by rollup(1, 2);
-- case: a key under the alias of another column
-- expect: portable
select quantity as customer_id, count(*) as n from orders group by customer_id, quantity;
-- case: variances
-- expect: portable
select region, variance(quantity) as v, var_samp(quantity) as same from orders group by region;
