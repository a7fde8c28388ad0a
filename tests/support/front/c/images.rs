//! Images.

use std::ffi::{c_char, c_void};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use sandcell::capi::*;
use sandcell::{ImageInfo, ProgressDetail, PullProgress, Result};

use super::super::images::{Images, Pull};
use super::Client;
use super::call::{Owned, call, copied, text};

impl Images for Client {
    fn connect_with_config(dir: &Path) -> Self {
        // SAFETY: the outputs are places.
        let options =
            call(|options, error| unsafe { sandcell_client_builder_from_env(options, error) });
        let mut options = Owned::new(options.unwrap(), sandcell_client_builder_free);
        let dir = dir.as_os_str().as_bytes();
        // SAFETY: the options are live, the text is as long.
        call(|(), error| unsafe {
            let (dir, len) = (dir.as_ptr().cast(), dir.len());
            sandcell_client_builder_set_docker_config(options.get_mut(), dir, len, error)
        })
        .unwrap();
        Client::with_options(&options)
    }

    fn image_exists(&self, image: &str) -> Result<bool> {
        let (image, len) = (image.as_ptr().cast(), image.len());
        let mut exists = false;
        // SAFETY: the client is live, the text is as long.
        call(|(), error| unsafe {
            sandcell_client_image_exists(self.get(), image, len, &mut exists, error)
        })?;
        Ok(exists)
    }

    fn inspect_image(&self, image: &str) -> Result<Option<ImageInfo>> {
        let (image, len) = (image.as_ptr().cast(), image.len());
        // SAFETY: the client is live, the text is as long.
        let info = call(|info, error| unsafe {
            sandcell_client_inspect_image(self.get(), image, len, info, error)
        })?;
        Ok((!info.is_null()).then(|| taken(info)))
    }

    fn pull_image(&self, image: &str, pull: Pull<'_>) -> Result<()> {
        with_options(pull, |options| {
            let (image, len) = (image.as_ptr().cast(), image.len());
            // SAFETY: both are live, the text is as long.
            call(|(), error| unsafe {
                sandcell_client_pull_image(self.get(), image, len, options, error)
            })
        })
    }

    fn ensure_image(&self, image: &str, pull: Pull<'_>) -> Result<()> {
        with_options(pull, |options| {
            let (image, len) = (image.as_ptr().cast(), image.len());
            // SAFETY: both are live, the text is as long.
            call(|(), error| unsafe {
                sandcell_client_ensure_image(self.get(), image, len, options, error)
            })
        })
    }

    fn load_image(&self, mut tar: &mut dyn Read) -> Result<Vec<String>> {
        let ctx = ptr::from_mut(&mut tar).cast();
        // SAFETY: the client is live, and what the callback gets as well.
        let names = call(|names, error| unsafe {
            sandcell_client_load_image(self.get(), Some(read), ctx, names, error)
        })?;
        let names = Owned::new(names, sandcell_strings_free);
        // SAFETY: live.
        let count = unsafe { sandcell_strings_len(names.get()) };
        // SAFETY: live.
        let name = |at| text(|len| unsafe { sandcell_strings_get(names.get(), at, len) });
        assert_eq!(name(count), "");
        Ok((0..count).map(name).collect())
    }

    fn import_image(&self, image: &str, mut tar: &mut dyn Read) -> Result<ImageInfo> {
        let (image, len) = (image.as_ptr().cast(), image.len());
        let ctx = ptr::from_mut(&mut tar).cast();
        // SAFETY: the client is live, and what the callback gets as well.
        call(|info, error| unsafe {
            sandcell_client_import_image(self.get(), image, len, Some(read), ctx, info, error)
        })
        .map(taken)
    }

    fn remove_image(&self, image: &str) -> Result<()> {
        let (image, len) = (image.as_ptr().cast(), image.len());
        // SAFETY: the client is live, the text is as long.
        call(|(), error| unsafe { sandcell_client_remove_image(self.get(), image, len, error) })
    }
}

/// Reads from the `&mut dyn Read` that `ctx` points to.
unsafe extern "C" fn read(ctx: *mut c_void, buf: *mut c_void, cap: usize, n: *mut usize) -> bool {
    // SAFETY: what `ctx` was made of, and a place for so many bytes.
    let (tar, buf) = unsafe {
        let tar = &mut *ctx.cast::<&mut dyn Read>();
        (tar, std::slice::from_raw_parts_mut(buf.cast::<u8>(), cap))
    };
    match tar.read(buf) {
        Ok(count) => {
            // SAFETY: a place.
            unsafe { n.write(count) };
            true
        }
        Err(_) => false,
    }
}

/// Tells the `&dyn Fn(&PullProgress)` that `ctx` points to.
unsafe extern "C" fn report(
    ctx: *mut c_void,
    layer: *const c_char,
    layer_len: usize,
    status: *const c_char,
    status_len: usize,
    current: u64,
    total: u64,
) {
    let known = |size| Some(size).filter(|&size| size != SANDCELL_UNKNOWN_SIZE);
    let mut detail = ProgressDetail::default();
    (detail.current, detail.total) = (known(current), known(total));
    let mut progress = PullProgress::default();
    progress.id = String::from_utf8(copied(layer, layer_len)).unwrap();
    progress.status = String::from_utf8(copied(status, status_len)).unwrap();
    progress.detail = detail;
    // SAFETY: what `ctx` was made of.
    unsafe { (*ctx.cast::<&dyn Fn(&PullProgress)>())(&progress) }
}

/// Runs `call` with options, or with NULL where nothing is set.
fn with_options(
    mut pull: Pull<'_>,
    run: impl FnOnce(*const sandcell_pull_options) -> Result<()>,
) -> Result<()> {
    let is_default = pull.platform.is_none()
        && pull.password.is_none()
        && pull.identity_token.is_none()
        && pull.progress.is_none();
    if is_default {
        return run(ptr::null());
    }
    let mut owned = Owned::new(sandcell_pull_options_new(), sandcell_pull_options_free);
    let options = owned.get_mut();
    if let Some(platform) = pull.platform {
        let (text, len) = (platform.as_ptr().cast(), platform.len());
        // SAFETY: the options are live, the text is as long.
        call(|(), error| unsafe { sandcell_pull_options_set_platform(options, text, len, error) })?;
    }
    if let Some((user, password)) = pull.password {
        let (user, user_len) = (user.as_ptr().cast(), user.len());
        let (text, len) = (password.as_ptr().cast(), password.len());
        // SAFETY: the options are live, the texts are as long.
        call(|(), error| unsafe {
            sandcell_pull_options_set_credentials_password(
                options, user, user_len, text, len, error,
            )
        })?;
    }
    if let Some(token) = pull.identity_token {
        let (text, len) = (token.as_ptr().cast(), token.len());
        // SAFETY: the options are live, the text is as long.
        call(|(), error| unsafe {
            sandcell_pull_options_set_credentials_identity_token(options, text, len, error)
        })?;
    }
    if let Some(progress) = &mut pull.progress {
        let ctx = ptr::from_mut(progress).cast();
        // SAFETY: the options are live, and what the callback gets until they are freed.
        call(|(), error| unsafe {
            sandcell_pull_options_set_progress(options, Some(report), ctx, error)
        })?;
    }
    run(owned.get())
}

/// What the information tells, as Rust's; frees it.
fn taken(info: *mut sandcell_image_info) -> ImageInfo {
    type Lend = unsafe extern "C" fn(*const sandcell_image_info, *mut usize) -> *const c_char;
    type Item =
        unsafe extern "C" fn(*const sandcell_image_info, usize, *mut usize) -> *const c_char;
    let owned = Owned::new(info, sandcell_image_info_free);
    let info = owned.get();
    // SAFETY: live.
    let lent = |lend: Lend| text(|len| unsafe { lend(info, len) });
    let items = |count: usize, item: Item| -> Vec<String> {
        // SAFETY: live.
        let get = |at| text(|len| unsafe { item(info, at, len) });
        assert_eq!(get(count), "");
        (0..count).map(get).collect()
    };
    let mut copy = ImageInfo::default();
    copy.id = lent(sandcell_image_info_id);
    copy.user = lent(sandcell_image_info_user);
    copy.working_dir = lent(sandcell_image_info_working_dir);
    copy.os = lent(sandcell_image_info_os);
    copy.architecture = lent(sandcell_image_info_architecture);
    copy.variant = lent(sandcell_image_info_variant);
    // SAFETY: live.
    unsafe {
        copy.size = sandcell_image_info_size(info);
        copy.tags = items(sandcell_image_info_tag_count(info), sandcell_image_info_tag);
        copy.digests = items(sandcell_image_info_digest_count(info), sandcell_image_info_digest);
        copy.env = items(sandcell_image_info_env_count(info), sandcell_image_info_env);
        let labels = sandcell_image_info_label_count(info);
        let keys = items(labels, sandcell_image_info_label_key);
        copy.labels =
            keys.into_iter().zip(items(labels, sandcell_image_info_label_value)).collect();
    }
    copy
}
