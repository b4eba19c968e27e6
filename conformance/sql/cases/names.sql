-- What names mean: aliases against columns, merged columns, nested scopes.
-- case: where sees the column, not the alias
-- expect: portable
select order_id, amount * 2 as amount from orders where amount > 10;
-- case: order sees the alias, not the column
-- expect: portable
select order_id, -amount as amount from orders order by amount, order_id limit 3;
-- case: order by an expression over an alias that is a column too
-- expect: portable
select order_id, -quantity as quantity from orders order by quantity + 1, order_id limit 3;
-- case: group by a name that is both
-- expect: portable
select date_trunc('month', ordered_at) as ordered_at, count(*) as n from orders group by ordered_at;
-- case: having without groups
-- expect: portable
select count(*) as n from orders having count(*) > 3;
-- case: full join star
-- expect: portable
select * from (select customer_id, region from orders) o full join (select customer_id, segment from customers) c using (customer_id);
-- case: right join star
-- expect: portable
select * from (select customer_id, region from orders) o right join (select customer_id, segment from customers) c using (customer_id);
-- case: both sides of a full join by their own names
-- expect: portable
select o.customer_id as left_id, c.customer_id as right_id, customer_id as merged from orders o full join customers c using (customer_id);
-- case: left join star of one side
-- expect: portable
select c.* from orders o left join customers c using (customer_id);
-- case: column aliases of a subquery
-- expect: portable
select a, b + 1 as c from (select region, quantity from orders) s(a, b);
-- case: nested with
-- expect: portable
with a as (with b as (select order_id, amount from orders where paid) select * from b where amount > 1) select order_id from a;
-- case: later with sees earlier
-- expect: portable
with a as (select region, count(*) as n from orders group by all), b as (select max(n) as top from a) select region from a join b on a.n = b.top;
-- case: qualify by alias
-- expect: portable
select *, row_number() over (partition by region order by order_id) as rn from orders qualify rn = 1;
-- case: exists with bare names
-- expect: portable
select order_id from orders where exists (select 1 from items where items.order_id = orders.order_id and price > 3);
-- case: in a grouped subquery
-- expect: portable
select name from customers where customer_id in (select customer_id from orders group by customer_id having count(*) > 1);
-- case: two memberships
-- expect: portable
select order_id from orders where paid and order_id in (select order_id from items) and not exists (select 1 from customers c where c.customer_id = orders.customer_id);
-- case: distinct with order
-- expect: portable
select distinct region from orders order by region desc;
-- case: case without else, nested
-- expect: portable
select order_id, case when paid then case when amount > 5 then 'a' else 'b' end when quantity = 1 then null end as kind from orders;
-- case: names in any case
-- expect: portable
select Order_ID, O."REGION" from ORDERS o where AMOUNT is not null;
-- case: union of groups, grouped again
-- expect: portable
select k, sum(n) as n from (select region as k, count(*) as n from orders group by 1 union all select segment, count(*) from customers group by 1) u group by k;
-- case: order of an outer query over a limited inner one
-- expect: portable
select region, count(*) as n from (select * from orders order by amount desc, order_id limit 5) t group by region order by n desc, region;
-- case: unnamed columns
-- expect: portable
select count(*), sum(amount) + 1 from orders;
-- case: a struct
-- expect: duckdb-only: struct_pack
select order_id, {'r': region, 'q': quantity} as s from orders;
-- case: from first
-- expect: portable
from orders where paid;
-- case: constant condition
-- expect: portable
select order_id from orders where true;
-- case: enriched orders
-- expect: portable
with latest as (select * from orders qualify row_number() over (partition by order_id order by updated_at desc) = 1), lines as (select order_id, count(*) as lines, sum(price) as goods from items group by order_id) select l.order_id, coalesce(c.segment, 'unknown') as segment, l.amount - coalesce(lines.goods, 0) as rest, lines.lines from latest l left join customers c on c.customer_id = l.customer_id and c.name <> '' left join lines on lines.order_id = l.order_id where l.region is not null;
-- case: monthly revenue with shares
-- expect: portable
select month, region, revenue, revenue / nullif(sum(revenue) over (partition by month), 0) as share from (select date_trunc('month', ordered_at) as month, region, sum(quantity * amount) as revenue from orders where ordered_at is not null group by all) m;
