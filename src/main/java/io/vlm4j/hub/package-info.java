/// Sends folders and files to the Hugging Face Hub, or to whatever speaks its protocol: repositories, commits,
/// and large files by its LFS, in parts that are not sent twice. Knows files and HTTP, and no models.
///
/// Start with [io.vlm4j.hub.HubClient].
@NullMarked
package io.vlm4j.hub;

import org.jspecify.annotations.NullMarked;
