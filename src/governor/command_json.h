/* command_json.h - a command for Slurm as JSON by the names of the API */
#pragma once

#include "base/document.h"

/* The members command_type, description, shell_command and parameters of an object.
 * `command` is what sq_plan_command() has made for a step of this kind and this account;
 * parameters are what it sets, by name, so that nobody has to read the command. */
void sq_command_print(struct sq_document *doc, const char *account, const char *kind,
                      const char *command);
