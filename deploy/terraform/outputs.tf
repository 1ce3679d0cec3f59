output "function_url" {
  description = "The address that the router calls."
  value       = aws_cloudformation_stack.dyn53.outputs["FunctionUrl"]
}

output "setup_page" {
  description = "Writes what to paste into your router. Absent where callers sign their requests."
  value       = lookup(aws_cloudformation_stack.dyn53.outputs, "SetupPage", null)
}
