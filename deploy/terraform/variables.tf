variable "release" {
  description = "The folder with dyn53-lean.yaml and dyn53.zip."
  type        = string
}

variable "bucket" {
  description = "An S3 bucket of yours, in the region of the stack. The program is kept there."
  type        = string
}

variable "hosted_zone_id" {
  description = "The public Route 53 zone of your domain."
  type        = string
}

variable "record_name" {
  description = "The DNS name to keep up to date, or several with commas between."
  type        = string
}

variable "secret" {
  description = "What the router sends: 16 to 128 of A-Z a-z 0-9 . _ ~ -. It is in the state of Terraform."
  type        = string
  sensitive   = true
}

variable "name" {
  description = "The name of the stack."
  type        = string
  default     = "dyn53"
}

variable "parameters" {
  description = "Further parameters of the template, such as { Ttl = 30, AlarmEmail = \"me@example.com\" }."
  type        = map(string)
  default     = {}
}
