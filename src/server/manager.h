/* manager.h - tells the service manager how we are (sd_notify(3)), if there is one
 *
 * By ourselves: libsystemd would bring four compression libraries along for a datagram.
 */
#pragma once

/* "READY=1", "STOPPING=1"; nothing happens when NOTIFY_SOCKET is not set. */
void sq_manager_tell(const char *state);
