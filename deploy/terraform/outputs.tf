# Written by go test ./deploy -run Template -update.

output "dead_letters_url" {
  description = "Queue of events that failed three times."
  value       = lookup(aws_cloudformation_stack.this.outputs, "DeadLettersUrl", null)
}

output "distribution_domain" {
  description = "Target of the CNAME or alias record of DomainName."
  value       = lookup(aws_cloudformation_stack.this.outputs, "DistributionDomain", null)
}

output "distribution_id" {
  description = "For invalidations."
  value       = lookup(aws_cloudformation_stack.this.outputs, "DistributionId", null)
}

output "domain" {
  description = "Domain name of the images."
  value       = lookup(aws_cloudformation_stack.this.outputs, "Domain", null)
}

output "events_log" {
  description = "Log group in which the events of an upload can be followed, by its key."
  value       = lookup(aws_cloudformation_stack.this.outputs, "EventsLog", null)
}

output "example_url" {
  description = "An example, once cat.jpg is in the originals bucket."
  value       = lookup(aws_cloudformation_stack.this.outputs, "ExampleUrl", null)
}

output "jobs_arn" {
  description = "State machine that warms and sweeps."
  value       = lookup(aws_cloudformation_stack.this.outputs, "JobsArn", null)
}

output "notify_queue_arn" {
  description = "Queue or topic that an existing originals bucket has to notify of s3:ObjectCreated:*."
  value       = lookup(aws_cloudformation_stack.this.outputs, "NotifyQueueArn", null)
}

output "notify_removals_arn" {
  description = "Queue or topic that an existing originals bucket has to notify of s3:ObjectRemoved:* and s3:LifecycleExpiration:*."
  value       = lookup(aws_cloudformation_stack.this.outputs, "NotifyRemovalsArn", null)
}

output "originals_bucket" {
  description = "Bucket that originals are uploaded to."
  value       = lookup(aws_cloudformation_stack.this.outputs, "OriginalsBucket", null)
}

output "quarantine_bucket" {
  description = "Bucket of the originals that cannot be decoded, with the reasons."
  value       = lookup(aws_cloudformation_stack.this.outputs, "QuarantineBucket", null)
}

output "queue_url" {
  description = "Queue of events."
  value       = lookup(aws_cloudformation_stack.this.outputs, "QueueUrl", null)
}

output "removals_queue_url" {
  description = "Queue of removals."
  value       = lookup(aws_cloudformation_stack.this.outputs, "RemovalsQueueUrl", null)
}

output "sign_keys_arn" {
  description = "KeyValueStore in which to put the entry sign-keys."
  value       = lookup(aws_cloudformation_stack.this.outputs, "SignKeysArn", null)
}

output "uploads_location" {
  description = "For imgorigin presign --originals, which makes tickets for uploads without the service."
  value       = lookup(aws_cloudformation_stack.this.outputs, "UploadsLocation", null)
}

output "uploads_url" {
  description = "Where your servers request tickets for uploads, with a token."
  value       = lookup(aws_cloudformation_stack.this.outputs, "UploadsUrl", null)
}

output "variants_bucket" {
  description = "Bucket in which variants are stored, below v/."
  value       = lookup(aws_cloudformation_stack.this.outputs, "VariantsBucket", null)
}
