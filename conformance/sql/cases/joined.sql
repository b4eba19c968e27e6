-- Joins, nested queries, unions.
-- case: inner join using
-- expect: portable
select order_id, name from orders join customers using (customer_id);
-- case: inner join on with renamed key
-- expect: portable
select o.order_id, c.name as customer, o.customer_id as c1, c.customer_id as c2 from orders o join customers c on o.customer_id = c.customer_id;
-- case: left join with a condition on the right
-- expect: portable
select o.order_id, c.name from orders o left join customers c on o.customer_id = c.customer_id and c.segment = 'b2b';
-- case: right join
-- expect: portable
select c.customer_id, o.order_id from orders o right join customers c using (customer_id);
-- case: full join using
-- expect: portable
select customer_id, order_id, name from orders full join customers using (customer_id);
-- case: join with an extra predicate
-- expect: portable
select o.order_id, i.item_no from orders o join items i on i.order_id = o.order_id and i.price > o.amount;
-- case: three tables
-- expect: portable
select o.region, c.segment, sum(i.price) as total from items i join orders o using (order_id) join customers c using (customer_id) group by all;
-- case: comma join with where
-- expect: portable
select o.order_id, c.name from orders o, customers c where o.customer_id = c.customer_id and o.amount > 1;
-- case: cross join
-- expect: portable
select o.order_id, c.name from orders o cross join customers c;
-- case: range join
-- expect: portable
select o.order_id, c.name from orders o join customers c on o.ordered_at > c.joined_on;
-- case: left join on a condition of the left
-- expect: portable
select o.order_id, c.name from orders o left join customers c on o.customer_id = c.customer_id and o.paid;
-- case: left join with nothing found
-- expect: portable
select o.order_id from orders o left join customers c using (customer_id) where c.name is null;
-- case: semi join
-- expect: portable
select order_id from orders semi join customers using (customer_id);
-- case: anti join
-- expect: portable
select order_id from orders anti join customers using (customer_id);
-- case: in subquery
-- expect: portable
select order_id from orders where customer_id in (select customer_id from customers where segment = 'b2b');
-- case: exists
-- expect: portable
select name from customers c where exists (select 1 from orders o where o.customer_id = c.customer_id and o.amount > 50);
-- case: not exists
-- expect: portable
select name from customers c where not exists (select * from orders where orders.customer_id = c.customer_id);
-- case: not in over nullable values
-- expect: portable
select order_id from orders where customer_id not in (select customer_id from customers);
-- case: scalar subquery
-- expect: portable
select order_id from orders where amount > (select avg(amount) from orders);
-- case: subquery in from
-- expect: portable
select region, n from (select region, count(*) as n from orders group by region) s where n > 1;
-- case: with
-- expect: portable
with paid as (select * from orders where paid), by_region(area, total) as (select region, sum(amount) from paid group by region) select area, total from by_region where total is not null;
-- case: with used twice
-- expect: portable
with big as (select customer_id, amount from orders where amount > 5) select a.customer_id, count(*) as n from big a join big b using (customer_id) group by a.customer_id;
-- case: union all by position
-- expect: portable
select order_id as id, region as label from orders union all select item_no, 'item' from items;
-- case: union all with NULL and wider numbers
-- expect: portable
select order_id, amount, note from orders union all select order_id, price, null from items;
-- case: union all by name
-- expect: portable
select order_id, region from orders union all by name select order_id, price from items;
-- case: union
-- expect: portable
select region from orders union select segment from customers;
-- case: union ordered
-- expect: portable
select order_id as id from orders union all select order_id from items order by id limit 7;
-- case: except
-- expect: portable
select order_id from orders except select order_id from items;
-- case: recursive
-- expect: duckdb-only: RECURSIVE
with recursive n as (select 1 as i from orders union select i + 1 from n where i < 3) select i from n;
-- case: values
-- expect: duckdb-only: expression list
select order_id, v from orders join (values (1, 'a'), (2, 'b')) as t(k, v) on k = quantity;
-- case: natural join
-- expect: portable
select order_id, name from orders natural join customers;
-- case: nested joins
-- expect: portable
select i.item_no, c.name from items i left join (orders o join customers c on o.customer_id = c.customer_id and o.amount > 3) on i.order_id = o.order_id;
-- case: comma list in another order than its keys
-- expect: portable
select o.order_id, i.item_no, c.name from orders o, customers c, items i where i.order_id = o.order_id and c.customer_id = o.customer_id;
-- case: keys that all branches of an OR name
-- expect: portable
select o.order_id, c.name from orders o, customers c where (o.customer_id = c.customer_id and o.paid) or (o.customer_id = c.customer_id and c.segment = 'b2b');
-- case: right join with a condition of its own
-- expect: portable
select o.order_id, c.name from orders o right join customers c on o.customer_id = c.customer_id and o.quantity < c.customer_id and c.segment = 'b2b';
-- case: left join on nothing but a range
-- expect: portable
select o.order_id, c.name from orders o left join customers c on o.quantity > c.customer_id;
-- case: full join on more than keys
-- expect: duckdb-only: a full join on more than equal keys
select o.order_id, c.name from orders o full join customers c on o.customer_id = c.customer_id and o.paid;
-- case: semi join with a condition over both sides
-- expect: portable
select o.order_id from orders o semi join items i on o.order_id = i.order_id and i.item_no < o.quantity;
-- case: exists with an inequality
-- expect: portable
select order_id from orders o where exists (select 1 from orders p where p.customer_id = o.customer_id and p.order_id <> o.order_id);
-- case: not exists with an inequality
-- expect: portable
select order_id from orders o where not exists (select 1 from orders p where p.customer_id = o.customer_id and p.amount > o.amount);
-- case: exists that has nothing to do with the row
-- expect: portable
select order_id from orders where exists (select 1 from customers where segment = 'b2b');
-- case: exists or exists
-- expect: portable
select order_id from orders o where exists (select 1 from items i where i.order_id = o.order_id) or exists (select 1 from customers c where c.customer_id = o.customer_id and c.segment = 'b2c') or quantity = 1;
-- case: in or in
-- expect: portable
select order_id from orders where customer_id in (select customer_id from customers where segment = 'b2b') or order_id in (select order_id from items);
-- case: exists as a value
-- expect: portable
select order_id, exists (select 1 from items i where i.order_id = o.order_id) as has_items from orders o;
-- case: in as a value over nullable values
-- expect: duckdb-only: an IN that may be NULL
select order_id, customer_id in (select customer_id from customers) as known from orders;
-- case: not in beside or
-- expect: duckdb-only: an IN that may be NULL
select order_id from orders where paid or customer_id not in (select customer_id from customers);
-- case: not in of an empty list
-- expect: portable
select order_id from orders where customer_id not in (select customer_id from customers where segment = 'none');
-- case: not in of values that are never null
-- expect: portable
select order_id from orders where order_id not in (select order_id from orders where paid);
-- case: scalar subquery that finds nothing
-- expect: portable
select order_id, (select max(amount) from orders where region = 'nowhere') as best, (select amount from orders where region = 'nowhere' limit 1) as one from orders;
-- case: scalar subquery beside aggregates
-- expect: portable
select region, count(*) as n, (select count(*) from customers) as all_customers from orders group by region having count(*) <= (select count(*) from customers) order by region;
-- case: scalar subquery inside an aggregate
-- expect: portable
select region, sum(case when amount > (select avg(amount) from orders) then 1 else 0 end) as above from orders group by region;
-- case: scalar subquery in a case
-- expect: portable
select order_id, case when (select count(*) from items) > 3 then (select max(price) from items) else (select min(price) from items) end as price from orders;
-- case: correlated aggregate
-- expect: portable
select order_id from orders o where amount > (select avg(amount) * 1.2 from orders p where p.customer_id = o.customer_id);
-- case: correlated count over nothing is zero
-- expect: portable
select name, (select count(*) + 1 from orders o where o.customer_id = c.customer_id) as n, (select sum(amount) from orders o where o.customer_id = c.customer_id and o.paid) as paid from customers c;
-- case: correlated value that is no aggregate
-- expect: duckdb-only: "o.customer_id" of an outer query
select order_id, (select name from customers c where c.customer_id = o.customer_id limit 1) as name from orders o;
-- case: intersect
-- expect: portable
select customer_id, quantity from orders intersect select customer_id, customer_id from customers;
-- case: intersect of three, ordered
-- expect: portable
select customer_id from orders intersect select customer_id from customers intersect select order_id from items order by 1;
-- case: except of nulls
-- expect: portable
select region, note from orders except select region, note from orders where paid;
-- case: except all
-- expect: duckdb-only: EXCEPT ALL
select customer_id from orders except all select customer_id from customers;
-- case: union of nulls in the middle
-- expect: portable
select region, amount from orders union all select null as region, 1.5 as amount from customers union all (select null as region, null as amount from items union select null, null from customers);
