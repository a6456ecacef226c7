# Written by go test ./deploy -run Template -update.

variable "alarm_email" {
  type        = string
  default     = ""
  nullable    = false
  description = "Address to which alarms are sent, without AlarmTopicArn. Its owner has to confirm the subscription in a first message. Empty for none."
  validation {
    condition     = can(regex("^(?:|[^@ ]+@[^@ ]+)$", var.alarm_email))
    error_message = "It does not match |[^@ ]+@[^@ ]+."
  }
}

variable "alarm_topic_arn" {
  type        = string
  default     = ""
  nullable    = false
  description = "SNS topic that alarms notify. Empty for none."
  validation {
    condition     = can(regex("^(?:|arn:[a-z-]+:sns:.+)$", var.alarm_topic_arn))
    error_message = "It does not match |arn:[a-z-]+:sns:.+."
  }
}

variable "architecture" {
  type        = string
  default     = "arm64"
  nullable    = false
  description = "Architecture that the container image was built for."
  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "It is one of arm64 x86_64."
  }
}

variable "attempts" {
  type        = number
  default     = 3
  nullable    = false
  description = "Attempts at an event before it goes to the dead-letter queue, where one more is made."
}

variable "certificate_arn" {
  type        = string
  default     = ""
  nullable    = false
  description = "Certificate for DomainName, in us-east-1."
  validation {
    condition     = can(regex("^(?:|arn:[a-z-]+:acm:us-east-1:.+)$", var.certificate_arn))
    error_message = "It does not match |arn:[a-z-]+:acm:us-east-1:.+."
  }
}

variable "cloud_front_prefix_list_id" {
  type        = string
  default     = ""
  nullable    = false
  description = "ID of the prefix list com.amazonaws.global.cloudfront.origin-facing in this region; the load balancer admits only it."
  validation {
    condition     = can(regex("^(?:|pl-[0-9a-f]+)$", var.cloud_front_prefix_list_id))
    error_message = "It does not match |pl-[0-9a-f]+."
  }
}

variable "compute" {
  type        = string
  default     = "fargate"
  nullable    = false
  description = "Fargate for steady traffic; Lambda for little or bursty traffic, or to do without a VPC."
  validation {
    condition     = contains(["fargate", "lambda"], var.compute)
    error_message = "It is one of fargate lambda."
  }
}

variable "cors_origin" {
  type        = string
  default     = ""
  nullable    = false
  description = "Web origin whose scripts may read images, such as https://example.com, or * for all. Empty for none."
}

variable "default_marks" {
  type        = string
  default     = ""
  nullable    = false
  description = "Marks of all images of the originals below prefixes, with semicolons between them, such as photos/=logo.png. They need EdgeMarks."
}

variable "dialect_keys_secret_arn" {
  type        = string
  default     = ""
  nullable    = false
  description = "Secret whose text is the keys of the signatures of these URLs, such as imgproxy=KEY:SALT, with commas between them."
  validation {
    condition     = can(regex("^(?:|arn:[a-z-]+:secretsmanager:.+)$", var.dialect_keys_secret_arn))
    error_message = "It does not match |arn:[a-z-]+:secretsmanager:.+."
  }
}

variable "dialect_path" {
  type        = string
  default     = ""
  nullable    = false
  description = "The paths of these URLs, such as /imgproxy/*; or /* if they begin at /. Paths below /img/, /v/, /info/ and /srcset/ stay those of imgorigin."
  validation {
    condition     = can(regex("^(?:|/([a-zA-Z0-9_.~/-]*/)?\\*)$", var.dialect_path))
    error_message = "It does not match |/([a-zA-Z0-9_.~/-]*/)?\\*."
  }
}

variable "dialect_sources" {
  type        = string
  default     = ""
  nullable    = false
  description = "URLs of originals in these URLs, and prefixes of keys, such as https://images.example.com/=photos/, with commas between them."
}

variable "dialects" {
  type        = string
  default     = ""
  nullable    = false
  description = "An image service whose URLs are answered too, and their path, such as imgproxy=/imgproxy/. It needs DialectPath."
}

variable "domain_name" {
  type        = string
  default     = ""
  nullable    = false
  description = "Your own domain name for the distribution; needs CertificateArn."
}

variable "edge_marks" {
  type        = string
  default     = "[]"
  nullable    = false
  description = "What imgorigin edge --parameters prints for the default marks."
  validation {
    condition     = can(regex("^(?:\\[.*\\])$", var.edge_marks))
    error_message = "It does not match \\[.*\\]."
  }
}

variable "edge_presets" {
  type        = string
  default     = "[]"
  nullable    = false
  description = "What imgorigin edge --parameters prints for the presets and default marks."
  validation {
    condition     = can(regex("^(?:\\[.*\\])$", var.edge_presets))
    error_message = "It does not match \\[.*\\]."
  }
}

variable "events_concurrency" {
  type        = number
  default     = 10
  nullable    = false
  description = "Maximum number of functions that process events at the same time."
}

variable "events_keys" {
  type        = string
  default     = "*"
  nullable    = false
  description = "Keys of the originals whose events EventBridge sends, such as photos/*.jpg."
  validation {
    condition     = can(regex("^(?:[^*]*(\\*[^*]+)*\\*?)$", var.events_keys))
    error_message = "It does not match [^*]*(\\*[^*]+)*\\*?."
  }
}

variable "fan_out" {
  type        = bool
  default     = false
  nullable    = false
  description = "Send events through an SNS topic, so that other subscribers can receive them."
}

variable "formats" {
  type        = string
  default     = "jpeg,png,webp,avif,gif"
  nullable    = false
  description = "Formats that the image writes, as \"imgorigin formats\" prints them. In any order."
  validation {
    condition     = can(regex("^(?:(jpeg|png|webp|avif|gif)(,(jpeg|png|webp|avif|gif))*)$", var.formats))
    error_message = "It does not match (jpeg|png|webp|avif|gif)(,(jpeg|png|webp|avif|gif))*."
  }
}

variable "http_concurrency" {
  type        = number
  default     = 0
  nullable    = false
  description = "Requests that the function answers at the same time, reserved from the account's concurrency. 0 reserves none, and a scan of sizes can use up the account's."
}

variable "image" {
  type        = string
  nullable    = false
  description = "The container image, with a tag or digest, in ECR of this region (Lambda accepts no other registry)."
  validation {
    condition     = can(regex("^(?:.+[:@].+)$", var.image))
    error_message = "It does not match .+[:@].+."
  }
}

variable "job_cpus" {
  type        = number
  default     = 32
  nullable    = false
  description = "Processors that jobs may use at the same time."
}

variable "jobs" {
  type        = bool
  default     = false
  nullable    = false
  description = "A queue of AWS Batch and a state machine of Step Functions, with which existing originals are warmed and swept; only on Fargate."
}

variable "kms_key_arn" {
  type        = string
  default     = ""
  nullable    = false
  description = "KMS key for buckets, queues and the table; its policy must allow what deploy/README.md lists. Empty for SSE-S3."
  validation {
    condition     = can(regex("^(?:|arn:[a-z-]+:kms:.+)$", var.kms_key_arn))
    error_message = "It does not match |arn:[a-z-]+:kms:.+."
  }
}

variable "lambda_memory" {
  type        = number
  default     = 3008
  nullable    = false
  description = "Memory of a function in MiB; Lambda allots processors in proportion."
}

variable "log_bucket_name" {
  type        = string
  default     = ""
  nullable    = false
  description = "Existing bucket for the access logs of CloudFront, the load balancer and the buckets, with a policy that lets them write. Empty for none."
  validation {
    condition     = can(regex("^(?:|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$", var.log_bucket_name))
    error_message = "It does not match |[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]."
  }
}

variable "log_days" {
  type        = number
  default     = 30
  nullable    = false
  description = "Days for which logs are kept."
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 180, 365, 400, 731], var.log_days)
    error_message = "It is one of 1 3 5 7 14 30 60 90 120 180 365 400 731."
  }
}

variable "marks" {
  type        = string
  default     = ""
  nullable    = false
  description = "Prefix of the keys of marks that signed URLs may lay over images. Empty allows only the marks of presets."
}

variable "max_age" {
  type        = string
  default     = "24h"
  nullable    = false
  description = "How long browsers and CloudFront may cache an image."
  validation {
    condition     = can(regex("^(?:[0-9]{1,5}[hms])$", var.max_age))
    error_message = "It does not match [0-9]{1,5}[hms]."
  }
}

variable "max_error_share" {
  type        = number
  default     = 2
  nullable    = false
  description = "Percentage of the service's answers that may be 5xx."
}

variable "max_quarantined" {
  type        = number
  default     = 0
  nullable    = false
  description = "Originals that may be quarantined in five minutes without an alarm."
}

variable "max_queue_age" {
  type        = number
  default     = 900
  nullable    = false
  description = "Seconds that an event may wait."
}

variable "max_refusals" {
  type        = number
  default     = 10
  nullable    = false
  description = "Requests that may be answered 503 in five minutes."
}

variable "max_service_share" {
  type        = number
  default     = 30
  nullable    = false
  description = "Percentage of requests that may reach the service although the variants bucket should have answered."
}

variable "max_swept" {
  type        = number
  default     = 10
  nullable    = false
  description = "Originals with stale variants that the sweeps of a day may find before the alarm."
}

variable "max_tasks" {
  type        = number
  default     = 20
  nullable    = false
  description = "Maximum number of tasks that serve."
}

variable "max_workers" {
  type        = number
  default     = 10
  nullable    = false
  description = "Maximum number of tasks that process events; the minimum is one."
}

variable "min_tasks" {
  type        = number
  default     = 2
  nullable    = false
  description = "Minimum number of tasks that serve."
}

variable "name" {
  type        = string
  default     = "imgorigin"
  nullable    = false
  description = "Prefix of the names of buckets, queues and alarms. Must be unique among the stacks of an account and region."
  validation {
    condition     = can(regex("^(?:[a-z][a-z0-9-]{1,18}[a-z0-9])$", var.name))
    error_message = "It does not match [a-z][a-z0-9-]{1,18}[a-z0-9]."
  }
}

variable "only_presets" {
  type        = bool
  default     = false
  nullable    = false
  description = "Refuse unsigned URLs without a preset. Warm has to name presets then, as in preset=avatar."
}

variable "origin_secret_arn" {
  type        = string
  default     = ""
  nullable    = false
  description = "Secret with the keys send, sent by CloudFront, and take, accepted by the service (separated by commas). Empty for none."
  validation {
    condition     = can(regex("^(?:|arn:[a-z-]+:secretsmanager:.+)$", var.origin_secret_arn))
    error_message = "It does not match |arn:[a-z-]+:secretsmanager:.+."
  }
}

variable "origin_shield_region" {
  type        = string
  default     = ""
  nullable    = false
  description = "Region of Origin Shield, preferably this one; fewer requests reach the service, at an extra charge. Empty for none."
  validation {
    condition     = can(regex("^(?:|[a-z]{2}-[a-z]+-[0-9])$", var.origin_shield_region))
    error_message = "It does not match |[a-z]{2}-[a-z]+-[0-9]."
  }
}

variable "originals_after_days" {
  type        = number
  default     = 30
  nullable    = false
  description = "Age of an original after which OriginalsThen happens."
}

variable "originals_bucket_name" {
  type        = string
  default     = ""
  nullable    = false
  description = "An existing bucket with the originals; empty to create one. See the output NotifyQueueArn for its events."
  validation {
    condition     = can(regex("^(?:|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$", var.originals_bucket_name))
    error_message = "It does not match |[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]."
  }
}

variable "originals_events" {
  type        = string
  default     = "notifications"
  nullable    = false
  description = "How the existing bucket reports its changes; eventbridge leaves the notifications that it has as they are."
  validation {
    condition     = contains(["notifications", "eventbridge"], var.originals_events)
    error_message = "It is one of notifications eventbridge."
  }
}

variable "originals_then" {
  type        = string
  default     = "tier"
  nullable    = false
  description = "tier moves originals of 128 KB and more to Intelligent-Tiering, which costs less for those that are seldom read; keep moves none."
  validation {
    condition     = contains(["keep", "tier"], var.originals_then)
    error_message = "It is one of keep tier."
  }
}

variable "presets" {
  type        = string
  default     = ""
  nullable    = false
  description = "Names for parameters, with semicolons between them, such as avatar=w=128&h=128&fit=cover. They need EdgePresets."
}

variable "price_class" {
  type        = string
  default     = "PriceClass_All"
  nullable    = false
  description = "CloudFront's price class, which determines the edge locations that answer."
  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "It is one of PriceClass_100 PriceClass_200 PriceClass_All."
  }
}

variable "provisioned_concurrency" {
  type        = number
  default     = 0
  nullable    = false
  description = "Provisioned concurrency - functions that are kept ready for requests. 0 for none."
}

variable "purge" {
  type        = string
  default     = "paths"
  nullable    = false
  description = "How changed originals are invalidated in CloudFront. tags takes 200 times as many at once; variants stored by a version without tags must be dropped first. Not in China."
  validation {
    condition     = contains(["paths", "tags"], var.purge)
    error_message = "It is one of paths tags."
  }
}

variable "qualities" {
  type        = string
  default     = "50,75,90"
  nullable    = false
  description = "Qualities that the qualities of unsigned URLs are snapped to."
  validation {
    condition     = can(regex("^(?:[1-9][0-9]{0,2}(,[1-9][0-9]{0,2})*)$", var.qualities))
    error_message = "It does not match [1-9][0-9]{0,2}(,[1-9][0-9]{0,2})*."
  }
}

variable "quarantine_days" {
  type        = number
  default     = 90
  nullable    = false
  description = "Days for which originals that cannot be decoded are kept in quarantine."
}

variable "ratios" {
  type        = string
  default     = "1:1,5:4,4:3,3:2,16:9,2:1,21:9"
  nullable    = false
  description = "Aspect ratios that the boxes of unsigned URLs are snapped to. Their inverses are added."
  validation {
    condition     = can(regex("^(?:[1-9][0-9]{0,2}:[1-9][0-9]{0,2}(,[1-9][0-9]{0,2}:[1-9][0-9]{0,2})*)$", var.ratios))
    error_message = "It does not match [1-9][0-9]{0,2}:[1-9][0-9]{0,2}(,[1-9][0-9]{0,2}:[1-9][0-9]{0,2})*."
  }
}

variable "removals_queue" {
  type        = bool
  default     = false
  nullable    = false
  description = "A queue of its own for removals, so that uploads do not wait behind bulk deletes; needs an image with --removals-queue."
}

variable "revalidate" {
  type        = string
  default     = "1m"
  nullable    = false
  description = "How long an original is assumed to be unchanged after a check; never if all changes are reported as events."
  validation {
    condition     = can(regex("^(?:never|[0-9]{1,5}[hms])$", var.revalidate))
    error_message = "It does not match never|[0-9]{1,5}[hms]."
  }
}

variable "sign_keys_secret_arn" {
  type        = string
  default     = ""
  nullable    = false
  description = "Secret whose text is the keys of signed URLs, separated by commas. Put the same text into the KeyValueStore."
  validation {
    condition     = can(regex("^(?:|arn:[a-z-]+:secretsmanager:.+)$", var.sign_keys_secret_arn))
    error_message = "It does not match |arn:[a-z-]+:secretsmanager:.+."
  }
}

variable "signed_urls" {
  type        = string
  default     = "off"
  nullable    = false
  description = "allowed lets signed URLs request exact sizes and effects; required also refuses unsigned URLs; off refuses every signature."
  validation {
    condition     = contains(["off", "allowed", "required"], var.signed_urls)
    error_message = "It is one of off allowed required."
  }
}

variable "strict" {
  type        = bool
  default     = false
  nullable    = false
  description = "Refuse URLs with parameters that have no effect, instead of ignoring these."
}

variable "subnet_ids" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Private subnets in two zones or more, with a route to S3, ECR, SQS, DynamoDB, CloudFront and CloudWatch Logs."
}

variable "sweep_every" {
  type        = string
  default     = ""
  nullable    = false
  description = "When to look for variants that a lost event left behind, and delete them, such as rate(7 days); only on Fargate. Empty for never."
  validation {
    condition     = can(regex("^(?:|rate\\([1-9][0-9]* (day|days|hours)\\)|cron\\(.+\\))$", var.sweep_every))
    error_message = "It does not match |rate\\([1-9][0-9]* (day|days|hours)\\)|cron\\(.+\\)."
  }
}

variable "task_cpu" {
  type        = number
  default     = 2048
  nullable    = false
  description = "CPU units of a task; 1024 are one vCPU."
  validation {
    condition     = contains([1024, 2048, 4096, 8192], var.task_cpu)
    error_message = "It is one of 1024 2048 4096 8192."
  }
}

variable "task_memory" {
  type        = number
  default     = 4096
  nullable    = false
  description = "Memory of a task in MiB; twice the sum of --gate-memory and --memory is generous."
  validation {
    condition     = contains([4096, 8192, 16384], var.task_memory)
    error_message = "It is one of 4096 8192 16384."
  }
}

variable "tracing" {
  type        = bool
  default     = false
  nullable    = false
  description = "Send traces of requests and events to X-Ray. Transaction Search must be on in the region."
}

variable "upload_origin" {
  type        = string
  default     = ""
  nullable    = false
  description = "Web origin of your pages, such as https://example.com, from which browsers may upload originals. Empty for none."
  validation {
    condition     = can(regex("^(?:|https://[A-Za-z0-9.-]+(:[0-9]+)?)$", var.upload_origin))
    error_message = "It does not match |https://[A-Za-z0-9.-]+(:[0-9]+)?."
  }
}

variable "upload_servers_group_id" {
  type        = string
  default     = ""
  nullable    = false
  description = "Security group of your servers that request tickets for uploads, which the load balancer then admits. Empty for none."
  validation {
    condition     = can(regex("^(?:|sg-[0-9a-f]+)$", var.upload_servers_group_id))
    error_message = "It does not match |sg-[0-9a-f]+."
  }
}

variable "upload_tokens_secret_arn" {
  type        = string
  default     = ""
  nullable    = false
  description = "Secret whose text is the bearer tokens, separated by commas, that your servers send to POST /uploads. Empty for no uploads."
  validation {
    condition     = can(regex("^(?:|arn:[a-z-]+:secretsmanager:.+)$", var.upload_tokens_secret_arn))
    error_message = "It does not match |arn:[a-z-]+:secretsmanager:.+."
  }
}

variable "variants_after_days" {
  type        = number
  default     = 90
  nullable    = false
  description = "Age of a variant after which VariantsThen happens."
}

variable "variants_then" {
  type        = string
  default     = "keep"
  nullable    = false
  description = "keep costs less than making variants again; expire deletes old ones; tier moves those of 128 KB and more to Intelligent-Tiering."
  validation {
    condition     = contains(["keep", "expire", "tier"], var.variants_then)
    error_message = "It is one of keep expire tier."
  }
}

variable "vpc_id" {
  type        = string
  default     = ""
  nullable    = false
  description = "VPC of the service, with an internet gateway (CloudFront requires one; nothing is routed through it)."
}

variable "warm" {
  type        = string
  default     = "w=320,640,1280"
  nullable    = false
  description = "Variants to make of new originals, as URL parameters."
}

variable "web_acl_arn" {
  type        = string
  default     = ""
  nullable    = false
  description = "AWS WAF web ACL, of scope CLOUDFRONT. Empty for none."
}

variable "widths" {
  type        = string
  default     = "32,64,96,128,160,320,480,640,750,828,1080,1200,1920,2048,3840"
  nullable    = false
  description = "Widths that the widths of unsigned URLs are rounded up to."
  validation {
    condition     = can(regex("^(?:[1-9][0-9]{0,3}(,[1-9][0-9]{0,3})*)$", var.widths))
    error_message = "It does not match [1-9][0-9]{0,3}(,[1-9][0-9]{0,3})*."
  }
}

variable "worker_capacity" {
  type        = string
  default     = "FARGATE"
  nullable    = false
  description = "FARGATE_SPOT costs a third for workers and jobs, which AWS may stop at two minutes' notice; no event is lost by that."
  validation {
    condition     = contains(["FARGATE", "FARGATE_SPOT"], var.worker_capacity)
    error_message = "It is one of FARGATE FARGATE_SPOT."
  }
}

locals {
  parameters = {
    AlarmEmail             = var.alarm_email
    AlarmTopicArn          = var.alarm_topic_arn
    Architecture           = var.architecture
    Attempts               = tostring(var.attempts)
    CertificateArn         = var.certificate_arn
    CloudFrontPrefixListId = var.cloud_front_prefix_list_id
    Compute                = var.compute
    CorsOrigin             = var.cors_origin
    DefaultMarks           = var.default_marks
    DialectKeysSecretArn   = var.dialect_keys_secret_arn
    DialectPath            = var.dialect_path
    DialectSources         = var.dialect_sources
    Dialects               = var.dialects
    DomainName             = var.domain_name
    EdgeMarks              = var.edge_marks
    EdgePresets            = var.edge_presets
    EventsConcurrency      = tostring(var.events_concurrency)
    EventsKeys             = var.events_keys
    FanOut                 = tostring(var.fan_out)
    Formats                = var.formats
    HttpConcurrency        = tostring(var.http_concurrency)
    Image                  = var.image
    JobCpus                = tostring(var.job_cpus)
    Jobs                   = tostring(var.jobs)
    KmsKeyArn              = var.kms_key_arn
    LambdaMemory           = tostring(var.lambda_memory)
    LogBucketName          = var.log_bucket_name
    LogDays                = tostring(var.log_days)
    Marks                  = var.marks
    MaxAge                 = var.max_age
    MaxErrorShare          = tostring(var.max_error_share)
    MaxQuarantined         = tostring(var.max_quarantined)
    MaxQueueAge            = tostring(var.max_queue_age)
    MaxRefusals            = tostring(var.max_refusals)
    MaxServiceShare        = tostring(var.max_service_share)
    MaxSwept               = tostring(var.max_swept)
    MaxTasks               = tostring(var.max_tasks)
    MaxWorkers             = tostring(var.max_workers)
    MinTasks               = tostring(var.min_tasks)
    Name                   = var.name
    OnlyPresets            = tostring(var.only_presets)
    OriginSecretArn        = var.origin_secret_arn
    OriginShieldRegion     = var.origin_shield_region
    OriginalsAfterDays     = tostring(var.originals_after_days)
    OriginalsBucketName    = var.originals_bucket_name
    OriginalsEvents        = var.originals_events
    OriginalsThen          = var.originals_then
    Presets                = var.presets
    PriceClass             = var.price_class
    ProvisionedConcurrency = tostring(var.provisioned_concurrency)
    Purge                  = var.purge
    Qualities              = var.qualities
    QuarantineDays         = tostring(var.quarantine_days)
    Ratios                 = var.ratios
    RemovalsQueue          = tostring(var.removals_queue)
    Revalidate             = var.revalidate
    SignKeysSecretArn      = var.sign_keys_secret_arn
    SignedUrls             = var.signed_urls
    Strict                 = tostring(var.strict)
    SubnetIds              = join(",", var.subnet_ids)
    SweepEvery             = var.sweep_every
    TaskCpu                = tostring(var.task_cpu)
    TaskMemory             = tostring(var.task_memory)
    Tracing                = tostring(var.tracing)
    UploadOrigin           = var.upload_origin
    UploadServersGroupId   = var.upload_servers_group_id
    UploadTokensSecretArn  = var.upload_tokens_secret_arn
    VariantsAfterDays      = tostring(var.variants_after_days)
    VariantsThen           = var.variants_then
    VpcId                  = var.vpc_id
    Warm                   = var.warm
    WebAclArn              = var.web_acl_arn
    Widths                 = var.widths
    WorkerCapacity         = var.worker_capacity
  }
}
