# On Fargate, with photographs that are in a bucket already.

data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}

module "images" {
  source = "github.com/imgorigin/imgorigin//deploy/terraform"

  template_bucket            = "my-templates"
  image                      = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/imgorigin:1"
  vpc_id                     = "vpc-0123456789abcdef0"
  subnet_ids                 = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
  cloud_front_prefix_list_id = data.aws_ec2_managed_prefix_list.cloudfront.id
  purge                      = "tags"
  removals_queue             = true
  jobs                       = true
  originals_bucket_name      = "my-photos"
  originals_events           = "eventbridge"
  events_keys                = "photos/*.jpg"
}

# A bucket has one resource of this type, which replaces all notifications that it has: if there is one already, add eventbridge
# to that instead.
resource "aws_s3_bucket_notification" "photos" {
  bucket      = "my-photos"
  eventbridge = true
}
