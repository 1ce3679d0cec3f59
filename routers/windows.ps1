# dyn53 snippet: Windows
# Paste into a PowerShell that runs as administrator. It keeps {{HOST}} on the address that the server sees.
$folder = "$env:ProgramData\dyn53"
New-Item -ItemType Directory -Force $folder | Out-Null
icacls $folder /inheritance:r /grant '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' '*S-1-5-19:(OI)(CI)RX' | Out-Null
Set-Content "$folder\secret.txt" '{{SECRET}}'
Set-Content "$folder\update.ps1" @'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
$secret = (Get-Content "$PSScriptRoot\secret.txt" -Raw).Trim()
$said = Invoke-RestMethod '{{URL}}/?newip=auto' -TimeoutSec 30 -Headers @{ Authorization = "Bearer $secret" }
if ($said -ne 'OK') { exit 1 }
'@
$run = New-ScheduledTaskAction -Execute powershell.exe -Argument "-NoProfile -ExecutionPolicy Bypass -File `"$folder\update.ps1`""
$boot = New-ScheduledTaskTrigger -AtStartup
$often = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 5)
$who = New-ScheduledTaskPrincipal -UserId 'S-1-5-19' -LogonType ServiceAccount
$how = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -StartWhenAvailable
Register-ScheduledTask dyn53 -Action $run -Trigger $boot, $often -Principal $who -Settings $how -Force
