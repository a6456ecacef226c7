# Images from a distribution that is there already, by Terraform's own resources: what the README lists under "With a distribution of
# your own". The service runs wherever you have it, with IMGORIGIN_VARIANTS=s3://BUCKET/v and IMGORIGIN_ORIGIN_SECRET. The function is
#
#     imgorigin edge > edge-function.js      # with the service's settings

variable "variants_bucket" {
  type        = string
  description = "Bucket of the variants."
}

variable "service_domain" {
  type        = string
  description = "Domain name of the service, which answers over HTTPS."
}

variable "origin_secret" {
  type        = string
  sensitive   = true
  description = "What CloudFront sends to the service, so that it answers nobody else."
}

data "aws_s3_bucket" "variants" {
  bucket = var.variants_bucket
}

resource "aws_cloudfront_function" "images" {
  name    = "imgorigin"
  comment = "Reads the URL of an image as the service does."
  runtime = "cloudfront-js-2.0"
  publish = true
  code    = file("${path.module}/edge-function.js")
}

resource "aws_cloudfront_origin_access_control" "variants" {
  name                              = "imgorigin-variants"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# The path is all there is to an image.
resource "aws_cloudfront_cache_policy" "images" {
  name        = "imgorigin"
  min_ttl     = 0
  default_ttl = 86400
  max_ttl     = 31536000
  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_gzip   = false
    enable_accept_encoding_brotli = false
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

# An answer depends on its whole query, and nothing purges it.
resource "aws_cloudfront_cache_policy" "answers" {
  name        = "imgorigin-answers"
  min_ttl     = 0
  default_ttl = 60
  max_ttl     = 60
  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_gzip   = false
    enable_accept_encoding_brotli = false
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "all"
    }
  }
}

resource "aws_cloudfront_origin_request_policy" "images" {
  name = "imgorigin"
  cookies_config {
    cookie_behavior = "none"
  }
  headers_config {
    header_behavior = "whitelist"
    headers {
      items = ["X-Imgorigin-Signed"]
    }
  }
  query_strings_config {
    query_string_behavior = "none"
  }
}

resource "aws_cloudfront_response_headers_policy" "images" {
  name = "imgorigin"
  custom_headers_config {
    items {
      header   = "Vary"
      value    = "Accept"
      override = true
    }
  }
  security_headers_config {
    content_type_options {
      override = true
    }
    content_security_policy {
      content_security_policy = "default-src 'none'; sandbox"
      override                = true
    }
  }
}

# Your distribution. Its own origins and behaviors stay; what is here is to be added.
resource "aws_cloudfront_distribution" "site" {
  enabled = true

  origin {
    origin_id   = "site"
    domain_name = "www.example.com"
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  origin {
    origin_id                = "variants"
    domain_name              = data.aws_s3_bucket.variants.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.variants.id
    connection_attempts      = 2
    connection_timeout       = 3
  }

  origin {
    origin_id   = "service"
    domain_name = var.service_domain
    custom_header {
      name  = "X-Origin-Secret"
      value = var.origin_secret
    }
    custom_origin_config {
      http_port                = 80
      https_port               = 443
      origin_protocol_policy   = "https-only"
      origin_ssl_protocols     = ["TLSv1.2"]
      origin_read_timeout      = 40
      origin_keepalive_timeout = 60
    }
  }

  origin_group {
    origin_id = "pictures"
    failover_criteria {
      status_codes = [400, 403, 404, 500, 502, 503, 504]
    }
    member {
      origin_id = "variants"
    }
    member {
      origin_id = "service"
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = ["/img/*", "/v/*"]
    content {
      path_pattern               = ordered_cache_behavior.value
      target_origin_id           = "pictures"
      viewer_protocol_policy     = "redirect-to-https"
      allowed_methods            = ["GET", "HEAD"]
      cached_methods             = ["GET", "HEAD"]
      compress                   = false
      cache_policy_id            = aws_cloudfront_cache_policy.images.id
      origin_request_policy_id   = aws_cloudfront_origin_request_policy.images.id
      response_headers_policy_id = aws_cloudfront_response_headers_policy.images.id
      function_association {
        event_type   = "viewer-request"
        function_arn = aws_cloudfront_function.images.arn
      }
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = ["/info/*", "/srcset/*"]
    content {
      path_pattern               = ordered_cache_behavior.value
      target_origin_id           = "service"
      viewer_protocol_policy     = "redirect-to-https"
      allowed_methods            = ["GET", "HEAD"]
      cached_methods             = ["GET", "HEAD"]
      compress                   = false
      cache_policy_id            = aws_cloudfront_cache_policy.answers.id
      response_headers_policy_id = aws_cloudfront_response_headers_policy.images.id
    }
  }

  default_cache_behavior {
    target_origin_id       = "site"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6" # CachingOptimized
  }

  # A longer max-age of the service takes precedence.
  dynamic "custom_error_response" {
    for_each = { 400 = 0, 403 = 0, 404 = 10, 500 = 0, 502 = 0, 503 = 0, 504 = 0 }
    content {
      error_code            = custom_error_response.key
      error_caching_min_ttl = custom_error_response.value
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

# CloudFront reads variants. Without s3:ListBucket, a missing one is a 403, on which the group asks the service. A bucket has one policy:
# if yours has one already, add the statement to that.
resource "aws_s3_bucket_policy" "variants" {
  bucket = data.aws_s3_bucket.variants.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "CloudFrontReads"
      Effect    = "Allow"
      Principal = { Service = "cloudfront.amazonaws.com" }
      Action    = "s3:GetObject"
      Resource  = "${data.aws_s3_bucket.variants.arn}/v/*"
      Condition = { StringEquals = { "aws:SourceArn" = aws_cloudfront_distribution.site.arn } }
    }]
  })
}
