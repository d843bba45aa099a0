/** Machine codes for why something waits, failed or was ignored. A code never changes its meaning. */
export type Reason =
  // deliveries
  | 'unknown_event' | 'ping' | 'unknown_repository' | 'no_branch_rule' | 'no_watched_path' | 'skip_ci' | 'ref_deleted'
  | 'tag_not_built' | 'overtaken' | 'auto_deploy_pinned' | 'no_service' | 'malformed_payload' | 'not_a_head'
  // builds
  | 'fetch_failed' | 'dockerfile_missing' | 'config_invalid' | 'path_outside_repository' | 'base_image_unavailable'
  | 'wrong_architecture' | 'build_step_failed' | 'build_timed_out' | 'build_out_of_memory' | 'build_output_exceeded'
  | 'build_secret_missing' | 'builder_unavailable' | 'no_disk_space' | 'cancelled' | 'worker_lost' | 'internal_error'
  // releases and rollouts
  | 'port_unknown' | 'no_gpu_here' | 'gpu_insufficient' | 'image_missing' | 'image_pull_failed' | 'waiting_for_replicas'
  | 'waiting_for_gateways' | 'draining' | 'never_ready' | 'crash_loop' | 'out_of_memory' | 'failed_while_watched'
  | 'runtime_unavailable' | 'start_failed' | 'aborted_by_user' | 'superseded' | 'memory_insufficient' | 'secret_missing';
