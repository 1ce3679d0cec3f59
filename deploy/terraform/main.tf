# dyn53 as a module: the CloudFormation stack of dyn53-lean.yaml, with the program in a bucket of yours.
#
#   module "dyn53" {
#     source         = "github.com/dyn53/dyn53//deploy/terraform"
#     release        = "./dist" # dyn53-lean.yaml and dyn53.zip, of a release or of script/package
#     bucket         = "my-bucket"
#     hosted_zone_id = "Z0123456789ABC"
#     record_name    = "home.example.com"
#     secret         = var.dyn53_secret
#   }

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

locals {
  # A new program has a new key, so that the function takes it.
  key = "dyn53/${filesha256("${var.release}/dyn53.zip")}.zip"
}

resource "aws_s3_object" "program" {
  bucket = var.bucket
  key    = local.key
  source = "${var.release}/dyn53.zip"
}

resource "aws_cloudformation_stack" "dyn53" {
  name          = var.name
  capabilities  = ["CAPABILITY_IAM"]
  template_body = file("${var.release}/dyn53-lean.yaml")

  parameters = merge(var.parameters, {
    HostedZoneId = var.hosted_zone_id
    RecordName   = var.record_name
    Secret       = var.secret
    CodeBucket   = aws_s3_object.program.bucket
    CodeKey      = aws_s3_object.program.key
  })
}
