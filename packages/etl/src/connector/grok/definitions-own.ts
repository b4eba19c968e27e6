/**
 * Definitions that the library of Logstash lacks.
 *
 * NGINX_ERRORLOG: nginx 1.27, src/core/ngx_log.c, as `error_log` writes. ALB_ACCESS_LOG: Elastic Load Balancing, User Guide
 * for Application Load Balancers, "Access log entries"; fields that AWS adds at the end land in `more`.
 */
export const ownDefinitions = String.raw`
NGINX_TIMESTAMP %{YEAR}/%{MONTHNUM2}/%{MONTHDAY} %{HOUR}:%{MINUTE}:[0-5][0-9]
NGINX_LOGLEVEL (?:debug|info|notice|warn|error|crit|alert|emerg)
NGINX_ERRORLOG %{NGINX_TIMESTAMP:timestamp} \[%{NGINX_LOGLEVEL:level}\] %{POSINT:pid:int}#%{NONNEGINT:tid:int}: (?:\*%{NONNEGINT:connection:int} )?%{GREEDYDATA:message}
ALB_SECONDS (?:-1|%{BASE10NUM})
ALB_REQUEST (?:-|%{WORD:verb}) (?:-|%{NOTSPACE:request}) ?(?:-|HTTP/%{NUMBER:httpversion})? ?
ALB_ACCESS_LOG %{WORD:type} %{TIMESTAMP_ISO8601:timestamp} %{NOTSPACE:elb} %{IP:clientip}:%{POSINT:clientport:int} (?:-|%{NOTSPACE:target}) %{ALB_SECONDS:request_processing_time:float} %{ALB_SECONDS:target_processing_time:float} %{ALB_SECONDS:response_processing_time:float} (?:-|%{INT:response:int}) (?:-|%{INT:target_response:int}) %{INT:received_bytes:int} %{INT:bytes:int} "%{ALB_REQUEST}" "(?:-|%{DATA:agent})" (?:-|%{NOTSPACE:ssl_cipher}) (?:-|%{NOTSPACE:ssl_protocol}) (?:-|%{NOTSPACE:target_group}) "(?:-|%{DATA:trace_id})" "(?:-|%{DATA:domain})" "(?:-|%{DATA:certificate})" (?:-|%{INT:rule_priority:int}) (?:-|%{TIMESTAMP_ISO8601:requested_at}) "(?:-|%{DATA:actions})" "(?:-|%{DATA:redirect})" "(?:-|%{DATA:error_reason})"(?: %{GREEDYDATA:more})?
`
