# The stack of ../cloudformation.yaml, as a module. CloudFormation makes the resources, so that they are those that are documented
# and tested there, updates them in the order that loses no event, and takes back what failed. Terraform sees the parameters,
# as variables, and the outputs.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "template_bucket" {
  type        = string
  nullable    = false
  description = "Bucket in this region to which the template is uploaded, which is too large to be sent to CloudFormation directly."
}

variable "tags" {
  type        = map(string)
  default     = {}
  nullable    = false
  description = "Tags of the stack and its resources."
}

data "aws_s3_bucket" "template" {
  bucket = var.template_bucket
}

resource "aws_s3_object" "template" {
  bucket = var.template_bucket
  key    = "imgorigin/${filesha256("${path.module}/../cloudformation.yaml")}.yaml"
  source = "${path.module}/../cloudformation.yaml"
}

resource "aws_cloudformation_stack" "this" {
  name         = var.name
  template_url = "https://${data.aws_s3_bucket.template.bucket_regional_domain_name}/${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_IAM"]
  parameters   = local.parameters
  tags         = var.tags

  # The provider gives up after half an hour, and CloudFormation goes on: a distribution with a VPC origin may take longer.
  timeouts {
    create = "2h"
    update = "2h"
    delete = "2h"
  }
}
