-- Row-wise queries. Each case: a name, what is expected (portable, or duckdb-only with a part of the reason), the query.
-- case: star
-- expect: portable
select * from orders;
-- case: columns and aliases
-- expect: portable
select order_id, o.region as area, o.amount from orders o;
-- case: star exclude
-- expect: portable
select * exclude (note, updated_at) from orders;
-- case: star replace
-- expect: portable
select * replace (upper(region) as region) from orders;
-- case: qualified star
-- expect: portable
select c.*, o.order_id from orders o join customers c using (customer_id);
-- case: star rename
-- expect: portable
select * rename (region as area) from orders;
-- case: filter by number and text
-- expect: portable
select order_id from orders where amount > 10.50 and region = 'EU';
-- case: filter by date literal text
-- expect: portable
select order_id from orders where ordered_at >= '2024-02-01' and ordered_at < timestamp '2024-03-01 00:00:00';
-- case: filter on date column
-- expect: portable
select customer_id from customers where joined_on between date '2024-01-05' and date '2024-01-20';
-- case: in list
-- expect: portable
select order_id from orders where region in ('EU', 'US') and quantity not in (1, 2);
-- case: or, not and null tests
-- expect: portable
select order_id from orders where (note is null or not (quantity > 2)) and region is not null;
-- case: boolean column
-- expect: portable
select order_id, not paid as open from orders where paid or amount = 0;
-- case: case when
-- expect: portable
select order_id, case when amount >= 100 then 'large' when amount >= 10 then 'medium' else 'small' end as size from orders;
-- case: simple case
-- expect: portable
select order_id, case region when 'EU' then 1 when 'US' then 2 end as zone from orders;
-- case: coalesce and nullif
-- expect: portable
select order_id, coalesce(note, 'none') as note, nullif(region, 'EU') as other from orders;
-- case: money arithmetic
-- expect: portable
select order_id, quantity * amount as total, amount - 1 as less, amount + 0.25 as more from orders;
-- case: integer arithmetic
-- expect: portable
select order_id, quantity + 1 as next, quantity * 3 as triple, quantity - 5 as less from orders;
-- case: text functions
-- expect: portable
select lower(region) as l, upper(note) as u, trim(note) as t, length(note) as n, replace(note, 'a', 'b') as r from orders;
-- case: substring and sides
-- expect: portable
select substring(note, 1, 2) as s, left(note, 1) as l, right(note, 2) as r from orders;
-- case: append
-- expect: portable
select region || '-' || note as tag from orders;
-- case: like prefix and infix
-- expect: portable
select order_id from orders where note like 'a%' or note like '%b%' or note not like '%c';
-- case: like with an inner wildcard
-- expect: duckdb-only: only patterns with %
select order_id from orders where note like 'a_b';
-- case: date parts
-- expect: portable
select order_id, extract(year from ordered_at) as y, month(ordered_at) as m, day(ordered_at) as d from orders;
-- case: truncate to month
-- expect: portable
select order_id, date_trunc('month', ordered_at) as month from orders;
-- case: timestamp to date
-- expect: portable
select order_id, ordered_at::date as day, cast(quantity as bigint) as q from orders;
-- case: number widening casts
-- expect: portable
select cast(quantity as double) as f, cast(amount as decimal(18,2)) as d from orders;
-- case: lateral alias
-- expect: portable
select amount * 2 as twice, twice + 1 as more from orders where twice > 20;
-- case: literals
-- expect: portable
select order_id, 1 as one, 'x' as x, true as yes, 1.50 as price, date '2024-01-31' as day from orders;
-- case: text cast to timestamp
-- expect: duckdb-only: parse it with explicit formats
select cast(note as timestamp) as t from orders where false;
-- case: try_cast
-- expect: duckdb-only: TRY_CAST
select try_cast(note as integer) as n from orders;
-- case: function outside the catalogue
-- expect: duckdb-only: function levenshtein is not in the catalogue at 1:8
select levenshtein(note, region) as d from orders;
-- case: lambda
-- expect: duckdb-only: list_transform
select list_transform(string_split(note, ''), x -> upper(x)) as letters from orders;
-- case: regular expression with options
-- expect: duckdb-only: regexp
select regexp_extract(note, '(a)(b)', 2, 'i') as b from orders;
-- case: intervals
-- expect: portable
select order_id, ordered_at + interval 3 day as due, ordered_at - interval '1 month' as before, updated_at + interval '2' hour as later from orders;
-- case: days between
-- expect: portable
select order_id, date_diff('day', ordered_at, updated_at) as days, date_diff('month', ordered_at, updated_at) as months from orders;
-- case: weeks between
-- expect: duckdb-only: weeks; count days instead
select order_id, date_diff('week', ordered_at, updated_at) as weeks from orders;
-- case: regular expressions
-- expect: portable
select order_id, regexp_matches(note, '^[a-z]+$') as lower_only, regexp_replace(note, '(a)(b)', '\2-\1', 'g') as swapped, regexp_extract(note, 'c.*') as tail from orders;
-- case: text of numbers and dates
-- expect: portable
select cast(quantity as varchar) || '/' || amount::varchar as t, ordered_at::date::varchar as d from orders;
-- case: decimal to integer rounds
-- expect: portable
select order_id, amount::bigint as whole, round(amount, 1) as tenth, floor(amount) as low, abs(amount) as size from orders;
-- case: safe division
-- expect: portable
select order_id, amount / nullif(quantity, 0) as price, quantity // 2 as half, quantity % 3 as rest, amount / 100 as hundredth from orders;
-- case: unsafe division
-- expect: portable
select order_id, quantity / quantity as one from orders where quantity > 0;
-- case: date column arithmetic
-- expect: portable
select customer_id, joined_on + interval 1 month as renewal, date_trunc('week', joined_on) as week, last_day(joined_on) as closing from customers;
-- case: is distinct from
-- expect: portable
select order_id from orders where region is distinct from note and region is not distinct from 'EU';
-- case: greatest and least
-- expect: portable
select order_id, greatest(amount, 5) as high, least(quantity, 3, null) as low from orders;
-- case: weekday names
-- expect: portable
select order_id, dayname(ordered_at) as d, monthname(ordered_at) as m, extract(isodow from ordered_at) as n, week(ordered_at) as w from orders;
-- case: sunday as zero
-- expect: duckdb-only: the part "dow"
select order_id, extract(dow from ordered_at) as d from orders;
-- case: text compared with a number
-- expect: duckdb-only: no common type
select note = order_id as same from orders where order_id < 0;
-- case: concat
-- expect: portable
select order_id, concat(region, '-', note) as tag, concat_ws('/', region, note) as path from orders;
-- case: tax
-- expect: portable
select order_id, amount * 1.19 as gross, cast(amount * 0.19 as decimal(18,2)) as vat, year(ordered_at) * 100 + month(ordered_at) as period from orders;
-- case: if and ifnull
-- expect: portable
select order_id, if(paid, 'y', 'n') as p, ifnull(note, '') as n, coalesce(amount, quantity, 0) as x from orders;
-- case: dates and days
-- expect: portable
select customer_id, joined_on + 5 as later, joined_on - 3 as earlier, date '2024-02-01' - joined_on as days from customers where joined_on + customer_id::int < date '2024-02-01';
-- case: division by zero
-- expect: portable
select order_id, amount / quantity as a, quantity / 0 as b, (quantity - quantity) / (amount - amount) as c, -amount / 0.0 as d from orders;
-- case: float to integer after rounding
-- expect: portable
select order_id, cast(round(amount / 3) as int) as thirds from orders;
-- case: float to integer without rounding
-- expect: duckdb-only: a cast of float64 to int32
select order_id, cast(amount / 3 as int) as thirds from orders;
-- case: signs
-- expect: portable
select order_id, sign(amount - 10) as of_amount, sign(-quantity) as of_quantity from orders;
-- case: sign of a float
-- expect: duckdb-only: only exact numbers
select order_id, sign(amount::double) as s from orders;
-- case: tests of floats
-- expect: portable
select order_id, isnan(amount::double) as strange, isfinite(amount::double) as plain from orders;
-- case: repeated text
-- expect: portable
select order_id, repeat(region, 2) as twice, repeat(note, 0) as nothing from orders;
