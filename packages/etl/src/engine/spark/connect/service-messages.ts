const caller = { session_id: [1, 'string'], user_context: [2, 'UserContext'] } as const

/**
 * The requests and answers of the service, written as those of `planMessages`. Source: spark/connect/base.proto of Apache
 * Spark 3.5 and 4.1, and google/rpc/status.proto, error_details.proto for what comes with a failure.
 */
export const serviceMessages = {
  Empty: {},
  UserContext: { user_id: [1, 'string'], user_name: [2, 'string'] },
  KeyValue: { key: [1, 'string'], value: [2, 'string'] },

  ExecutePlanRequest: {
    ...caller,
    plan: [3, 'Plan'],
    client_type: [4, 'string'],
    request_options: [5, 'ExecutePlanRequest.RequestOption[]'],
    operation_id: [6, 'string'],
    tags: [7, 'string[]'],
  },
  'ExecutePlanRequest.RequestOption': { reattach_options: [1, 'ReattachOptions'] },
  ReattachOptions: { reattachable: [1, 'bool'] },
  ReattachExecuteRequest: {
    ...caller,
    operation_id: [3, 'string'],
    client_type: [4, 'string'],
    last_response_id: [5, 'string'],
  },
  ReleaseExecuteRequest: {
    ...caller,
    operation_id: [3, 'string'],
    client_type: [4, 'string'],
    release_all: [5, 'Empty'],
    release_until: [6, 'ReleaseExecuteRequest.ReleaseUntil'],
  },
  'ReleaseExecuteRequest.ReleaseUntil': { response_id: [1, 'string'] },
  ReleaseExecuteResponse: { session_id: [1, 'string'], operation_id: [2, 'string'] },
  ExecutePlanResponse: {
    session_id: [1, 'string'],
    arrow_batch: [2, 'ExecutePlanResponse.ArrowBatch'],
    sql_command_result: [5, 'ExecutePlanResponse.SqlCommandResult'],
    observed_metrics: [6, 'ExecutePlanResponse.ObservedMetrics[]'],
    schema: [7, 'DataType'],
    operation_id: [12, 'string'],
    response_id: [13, 'string'],
    result_complete: [14, 'Empty'],
    server_side_session_id: [15, 'string'],
    execution_progress: [18, 'ExecutePlanResponse.ExecutionProgress'],
  },
  'ExecutePlanResponse.ArrowBatch': {
    row_count: [1, 'int64'],
    data: [2, 'bytes'],
    start_offset: [3, 'int64'],
  },
  'ExecutePlanResponse.SqlCommandResult': { relation: [1, 'Relation'] },
  'ExecutePlanResponse.ObservedMetrics': {
    name: [1, 'string'],
    values: [2, 'Expression.Literal[]'],
    keys: [3, 'string[]'],
  },
  'ExecutePlanResponse.ExecutionProgress': {
    stages: [1, 'ExecutePlanResponse.ExecutionProgress.StageInfo[]'],
    num_inflight_tasks: [2, 'int64'],
  },
  'ExecutePlanResponse.ExecutionProgress.StageInfo': {
    stage_id: [1, 'int64'],
    num_tasks: [2, 'int64'],
    num_completed_tasks: [3, 'int64'],
    input_bytes_read: [4, 'int64'],
    done: [5, 'bool'],
  },

  AnalyzePlanRequest: {
    ...caller,
    client_type: [3, 'string'],
    schema: [4, 'AnalyzePlanRequest.Schema'],
    explain: [5, 'AnalyzePlanRequest.Explain'],
    spark_version: [10, 'Empty'],
  },
  'AnalyzePlanRequest.Schema': { plan: [1, 'Plan'] },
  'AnalyzePlanRequest.Explain': { plan: [1, 'Plan'], explain_mode: [2, 'int32'] },
  AnalyzePlanResponse: {
    session_id: [1, 'string'],
    schema: [2, 'AnalyzePlanResponse.Schema'],
    explain: [3, 'AnalyzePlanResponse.Explain'],
    spark_version: [8, 'AnalyzePlanResponse.SparkVersion'],
  },
  'AnalyzePlanResponse.Schema': { schema: [1, 'DataType'] },
  'AnalyzePlanResponse.Explain': { explain_string: [1, 'string'] },
  'AnalyzePlanResponse.SparkVersion': { version: [1, 'string'] },

  ConfigRequest: { ...caller, operation: [3, 'ConfigRequest.Operation'], client_type: [4, 'string'] },
  'ConfigRequest.Operation': {
    set: [1, 'ConfigRequest.Set'],
    get_option: [4, 'ConfigRequest.GetOption'],
    unset: [6, 'ConfigRequest.Unset'],
  },
  'ConfigRequest.Set': { pairs: [1, 'KeyValue[]'] },
  'ConfigRequest.GetOption': { keys: [1, 'string[]'] },
  'ConfigRequest.Unset': { keys: [1, 'string[]'] },
  ConfigResponse: { session_id: [1, 'string'], pairs: [2, 'KeyValue[]'], warnings: [3, 'string[]'] },

  AddArtifactsRequest: {
    ...caller,
    batch: [3, 'AddArtifactsRequest.Batch'],
    begin_chunk: [4, 'AddArtifactsRequest.BeginChunkedArtifact'],
    chunk: [5, 'AddArtifactsRequest.ArtifactChunk'],
    client_type: [6, 'string'],
  },
  'AddArtifactsRequest.ArtifactChunk': { data: [1, 'bytes'], crc: [2, 'int64'] },
  'AddArtifactsRequest.SingleChunkArtifact': {
    name: [1, 'string'],
    data: [2, 'AddArtifactsRequest.ArtifactChunk'],
  },
  'AddArtifactsRequest.Batch': { artifacts: [1, 'AddArtifactsRequest.SingleChunkArtifact[]'] },
  'AddArtifactsRequest.BeginChunkedArtifact': {
    name: [1, 'string'],
    total_bytes: [2, 'int64'],
    num_chunks: [3, 'int64'],
    initial_chunk: [4, 'AddArtifactsRequest.ArtifactChunk'],
  },
  AddArtifactsResponse: { artifacts: [1, 'AddArtifactsResponse.ArtifactSummary[]'] },
  'AddArtifactsResponse.ArtifactSummary': { name: [1, 'string'], is_crc_successful: [2, 'bool'] },

  InterruptRequest: {
    ...caller,
    client_type: [3, 'string'],
    interrupt_type: [4, 'int32'],
    operation_tag: [5, 'string'],
    operation_id: [6, 'string'],
  },
  InterruptResponse: { session_id: [1, 'string'], interrupted_ids: [2, 'string[]'] },
  ReleaseSessionRequest: { ...caller, client_type: [3, 'string'] },
  ReleaseSessionResponse: { session_id: [1, 'string'] },

  FetchErrorDetailsRequest: { ...caller, error_id: [3, 'string'], client_type: [4, 'string'] },
  FetchErrorDetailsResponse: {
    root_error_idx: [1, 'int32'],
    errors: [2, 'FetchErrorDetailsResponse.Error[]'],
  },
  'FetchErrorDetailsResponse.Error': {
    error_type_hierarchy: [1, 'string[]'],
    message: [2, 'string'],
    cause_idx: [4, 'int32'],
    spark_throwable: [5, 'FetchErrorDetailsResponse.SparkThrowable'],
  },
  'FetchErrorDetailsResponse.SparkThrowable': {
    error_class: [1, 'string'],
    message_parameters: [2, 'Entry[]'],
    query_contexts: [3, 'FetchErrorDetailsResponse.QueryContext[]'],
    sql_state: [4, 'string'],
  },
  'FetchErrorDetailsResponse.QueryContext': {
    object_type: [1, 'string'],
    object_name: [2, 'string'],
    start_index: [3, 'int32'],
    stop_index: [4, 'int32'],
    fragment: [5, 'string'],
    call_site: [6, 'string'],
    summary: [7, 'string'],
  },

  'google.rpc.Status': { code: [1, 'int32'], message: [2, 'string'], details: [3, 'google.protobuf.Any[]'] },
  'google.protobuf.Any': { type_url: [1, 'string'], value: [2, 'bytes'] },
  'google.rpc.ErrorInfo': { reason: [1, 'string'], domain: [2, 'string'], metadata: [3, 'Entry[]'] },
  'google.rpc.RetryInfo': { retry_delay: [1, 'google.protobuf.Duration'] },
  'google.protobuf.Duration': { seconds: [1, 'int64'], nanos: [2, 'int32'] },
} as const

/** What an interrupt ends (`InterruptRequest.InterruptType`). */
export const interruptTypes = { all: 1, tag: 2, operation: 3 } as const
