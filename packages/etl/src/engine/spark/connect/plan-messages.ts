/**
 * The messages of which plans are made: name, then field name, number and type.
 *
 * A type is a scalar of protobuf, the name of another message, or either with `[]`. Enums are `int32`, maps are lists of
 * entries. Only what this client sends or reads is listed; readers skip the rest. Source: spark/connect/relations.proto,
 * commands.proto, expressions.proto and types.proto of Apache Spark 3.5 and 4.1; a conformance test compares every line
 * with the descriptors of both.
 */
export const planMessages = {
  Plan: { root: [1, 'Relation'], command: [2, 'Command'] },
  Entry: { key: [1, 'string'], value: [2, 'string'] },

  Relation: {
    common: [1, 'RelationCommon'],
    read: [2, 'Read'],
    project: [3, 'Project'],
    sql: [10, 'SQL'],
    local_relation: [11, 'LocalRelation'],
    repartition: [17, 'Repartition'],
    to_schema: [26, 'ToSchema'],
    collect_metrics: [29, 'CollectMetrics'],
  },
  RelationCommon: { plan_id: [2, 'int64'] },
  Read: { named_table: [1, 'Read.NamedTable'], data_source: [2, 'Read.DataSource'] },
  'Read.NamedTable': { unparsed_identifier: [1, 'string'] },
  'Read.DataSource': {
    format: [1, 'string'],
    schema: [2, 'string'],
    options: [3, 'Entry[]'],
    paths: [4, 'string[]'],
  },
  Project: { input: [1, 'Relation'], expressions: [3, 'Expression[]'] },
  SQL: { query: [1, 'string'] },
  LocalRelation: { data: [1, 'bytes'], schema: [2, 'string'] },
  Repartition: { input: [1, 'Relation'], num_partitions: [2, 'int32'], shuffle: [3, 'bool'] },
  ToSchema: { input: [1, 'Relation'], schema: [2, 'DataType'] },
  CollectMetrics: { input: [1, 'Relation'], name: [2, 'string'], metrics: [3, 'Expression[]'] },

  Expression: {
    expression_string: [4, 'Expression.ExpressionString'],
    alias: [6, 'Expression.Alias'],
    cast: [7, 'Expression.Cast'],
  },
  'Expression.ExpressionString': { expression: [1, 'string'] },
  'Expression.Cast': { expr: [1, 'Expression'], type: [2, 'DataType'] },
  'Expression.Alias': { expr: [1, 'Expression'], name: [2, 'string[]'], metadata: [3, 'string'] },
  'Expression.Literal': {
    null: [1, 'DataType'],
    binary: [2, 'bytes'],
    boolean: [3, 'bool'],
    byte: [4, 'int32'],
    short: [5, 'int32'],
    integer: [6, 'int32'],
    long: [7, 'int64'],
    float: [10, 'float'],
    double: [11, 'double'],
    decimal: [12, 'Expression.Literal.Decimal'],
    string: [13, 'string'],
    date: [16, 'int32'],
    timestamp: [17, 'int64'],
    timestamp_ntz: [18, 'int64'],
  },
  'Expression.Literal.Decimal': { value: [1, 'string'], precision: [2, 'int32'], scale: [3, 'int32'] },

  Command: {
    write_operation: [2, 'WriteOperation'],
    create_dataframe_view: [3, 'CreateDataFrameViewCommand'],
    sql_command: [5, 'SqlCommand'],
  },
  SqlCommand: { sql: [1, 'string'] },
  CreateDataFrameViewCommand: {
    input: [1, 'Relation'],
    name: [2, 'string'],
    is_global: [3, 'bool'],
    replace: [4, 'bool'],
  },
  WriteOperation: {
    input: [1, 'Relation'],
    source: [2, 'string'],
    path: [3, 'string'],
    mode: [5, 'int32'],
    sort_column_names: [6, 'string[]'],
    partitioning_columns: [7, 'string[]'],
    options: [9, 'Entry[]'],
  },

  DataType: {
    null: [1, 'Empty'],
    binary: [2, 'Empty'],
    boolean: [3, 'Empty'],
    byte: [4, 'Empty'],
    short: [5, 'Empty'],
    integer: [6, 'Empty'],
    long: [7, 'Empty'],
    float: [8, 'Empty'],
    double: [9, 'Empty'],
    decimal: [10, 'DataType.Decimal'],
    string: [11, 'Empty'],
    char: [12, 'Empty'],
    var_char: [13, 'Empty'],
    date: [14, 'Empty'],
    timestamp: [15, 'Empty'],
    timestamp_ntz: [16, 'Empty'],
    calendar_interval: [17, 'Empty'],
    year_month_interval: [18, 'Empty'],
    day_time_interval: [19, 'Empty'],
    array: [20, 'DataType.Array'],
    struct: [21, 'DataType.Struct'],
    map: [22, 'DataType.Map'],
    udt: [23, 'Empty'],
    variant: [25, 'Empty'],
    time: [28, 'Empty'],
  },
  'DataType.Decimal': { scale: [1, 'int32'], precision: [2, 'int32'] },
  'DataType.Array': { element_type: [1, 'DataType'], contains_null: [2, 'bool'] },
  'DataType.Struct': { fields: [1, 'DataType.StructField[]'] },
  'DataType.StructField': {
    name: [1, 'string'],
    data_type: [2, 'DataType'],
    nullable: [3, 'bool'],
    metadata: [4, 'string'],
  },
  'DataType.Map': {
    key_type: [1, 'DataType'],
    value_type: [2, 'DataType'],
    value_contains_null: [3, 'bool'],
  },
} as const

/** How a write treats a target that exists (`WriteOperation.SaveMode`). */
export const saveModes = { append: 1, overwrite: 2, errorIfExists: 3, ignore: 4 } as const
