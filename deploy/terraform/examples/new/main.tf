# On Lambda, with buckets of its own.

module "images" {
  source = "github.com/imgorigin/imgorigin//deploy/terraform"

  template_bucket = "my-templates"
  image           = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/imgorigin:1"
  compute         = "lambda"
  purge           = "tags"
  removals_queue  = true
  alarm_email     = "ops@example.com"
}

output "example_url" {
  value = module.images.example_url
}
